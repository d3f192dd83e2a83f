/** Splitting a file for real: near-duplicates stay together, seals and earlier splits are honoured, and the new test part is sealed. */
import { join } from 'node:path';
import type { Dataset } from './dataset.ts';
import { nearClusters } from './near-clusters.ts';
import { earlierSplit, findSeals, type Seal, type SealPlaces, sealOf } from './seal.ts';
import { type Split, type SplitConfig, splitDataset } from './split.ts';
import { sealPath, writeSplitFile } from './split-file.ts';

/** Splits `dataset` with the seals that are found from its folder and `places`; writes nothing. Errors as `splitDataset` and `findSeals`. */
export async function splitWithSeals(
  dataset: Dataset,
  config: SplitConfig,
  places: SealPlaces = {},
): Promise<{ split: Split; seals: Seal[] }> {
  const seals = await findSeals({ ...places, data: [dataset.path, ...(places.data ?? [])] });
  const split = splitDataset(dataset, config, {
    sealed: new Set(dataset.rows.filter((row) => sealOf(row, seals) !== undefined).map(({ hash }) => hash)),
    earlier: earlierSplit(seals, config),
    clusters: await nearClusters(dataset.rows),
  });
  return { split, seals };
}

/**
 * Writes `splits.json` into `folder` (the run's, or the split's) and seals the test part beside the data.
 * Returns the files written. Throws FETTLE_PERMISSION, FETTLE_NO_SPACE.
 */
export async function sealSplit(split: Split, folder: string): Promise<string[]> {
  const files = [join(folder, 'splits.json')];
  if (split.test.rows.length > 0) files.push(sealPath(split.test.path));
  for (const file of files) await writeSplitFile(file, split);
  return files;
}
