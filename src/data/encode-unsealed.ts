/** What the library offers as `encodeDataset`: tokens of rows that are not held back for the exam. */
import type { Dataset } from './dataset.ts';
import { type EncodedRows, type EncodeOptions, encodeDataset } from './encode.ts';
import { findSeals, refuseSealed } from './seal.ts';

/** As `encodeDataset` in encode.ts; throws FETTLE_SEALED with every row that belongs to a sealed test set. */
export async function encodeUnsealed(dataset: Dataset, options: EncodeOptions): Promise<EncodedRows> {
  refuseSealed(dataset.rows, await findSeals({ data: [dataset.path] }), 'encoding');
  return encodeDataset(dataset, options);
}
