/** `logits` of rows in a safetensors file: fp32, [tokens, vocab], rows end to end in their order. */

import { replaceWith, writeDurably } from '../atomic-file.ts';
import { type TokenRow, toBatch } from '../data/micro-batches.ts';
import { streamSafetensors } from '../export/safetensors-stream.ts';
import type { NativeModel } from '../native/types.ts';

/** Logits of a row at a time are in memory, never those of all rows. @throws FettleError FETTLE_NO_SPACE, FETTLE_PERMISSION */
export async function writeLogits(path: string, native: NativeModel, rows: readonly TokenRow[], vocab: number): Promise<void> {
  const tokens = rows.reduce((total, row) => total + row.input_ids.length, 0);
  const pieces = async function* () {
    for (const row of rows) yield await native.logits(toBatch([row], [0]));
  };
  const tensors = [{ name: 'logits', shape: [tokens, vocab], pieces }];
  await replaceWith(path, (temporary) => writeDurably(temporary, (file) => streamSafetensors(file, tensors, {})));
}
