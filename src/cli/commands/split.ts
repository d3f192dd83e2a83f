/** `fettle split`: writes train, validation and test files and seals the test part. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Command, Option } from 'commander';
import type { DataFormat } from '../../config/schema.ts';
import { defaultAt, wordsAt } from '../../config/walk.ts';
import { parts } from '../../data/assign-parts.ts';
import type { Split, SplitConfig } from '../../data/split.ts';
import { FettleError } from '../../errors.ts';
import type { AddCommand } from '../command.ts';
import { share, wholeNumber } from '../number-flags.ts';
import { errColors as c, printJson, printLine, tell } from '../output.ts';
import { tellReview } from '../tell-review.ts';

interface Flags {
  out: string;
  format: DataFormat;
  train: number;
  validation: number;
  test: number;
  seed: number;
  stratifyBy?: string;
  groupBy?: string;
  json?: true;
}

const setting = (field: string) => defaultAt(['data', 'split', field]) as number;

export const addSplit: AddCommand = (program: Command) => {
  program
    .command('split')
    .description('write train, validation and test files; the test part is sealed')
    .argument('<data>', 'the file to split')
    .requiredOption('--out <folder>', 'where train.jsonl, validation.jsonl, test.jsonl and splits.json go')
    .addOption(new Option('--format <format>', 'the shape of the file').choices(wordsAt(['data', 'format'])).default('auto'))
    .option('--train <share>', 'share of the rows to train on', share, setting('train'))
    .option('--validation <share>', 'share of the rows whose loss is watched', share, setting('validation'))
    .option('--test <share>', 'share of the rows sealed for the final exam', share, setting('test'))
    .option('--seed <number>', 'seed of the split', wholeNumber(0), setting('seed'))
    .option('--stratify-by <field>', 'each part gets the same mix of this field; @cluster: of what the rows are about')
    .option('--group-by <field>', 'rows that share this field stay in one part')
    .option('--json', 'print what was written as one object')
    .action(split);
};

async function split(file: string, { out, format, json, stratifyBy, groupBy, ...shares }: Flags): Promise<void> {
  const { loadDataset } = await import('../../data/dataset.ts');
  const { sealSplit, splitWithSeals } = await import('../../data/sealed-split.ts');
  const { likenessText, partLikeness } = await import('../../data/likeness.ts');
  const config: SplitConfig = { ...shares, stratify_by: stratifyBy ?? null, group_by: groupBy ?? null };
  const sum = config.train + config.validation + config.test;
  if (Math.abs(sum - 1) > 1e-6)
    throw new FettleError('FETTLE_USAGE', `expected --train + --validation + --test = 1, found ${Number(sum.toFixed(6))}`);
  const dataset = await loadDataset(file, { format });
  const { split: made } = await splitWithSeals(dataset, config, { run: out });
  const files = await writeParts(made, out);
  files.push(...(await sealSplit(made, out)));
  tellReview(dataset.review);
  for (const note of made.report.notes) tell(`${c.yellow('warning')}: ${note}`);
  const likeness = partLikeness(made);
  const { rows, near_duplicates, sealed } = made.report;
  if (json) {
    printJson({ files, ...made.report, likeness, review: dataset.review });
    return;
  }
  for (const [i, part] of parts.entries()) printLine(`${files[i]}: ${rows[part]} rows`);
  if (near_duplicates.clusters > 0)
    printLine(`${near_duplicates.rows} near-duplicates in ${near_duplicates.clusters} groups: each group was kept in one part`);
  if (sealed > 0) printLine(`${sealed} rows were sealed before and stay in test`);
  for (const part of ['validation', 'test'] as const) printLine(likenessText(part, rows[part], likeness[part]));
}

/** Each row in the shape of its file, as JSON Lines. */
async function writeParts(made: Split, out: string): Promise<string[]> {
  const { replaceText } = await import('../../atomic-file.ts');
  await mkdir(out, { recursive: true });
  const files = parts.map((part) => path.join(out, `${part}.jsonl`));
  for (const [i, part] of parts.entries())
    await replaceText(files[i]!, made[part].rows.map(({ record }) => `${JSON.stringify(record)}\n`).join(''));
  return files;
}
