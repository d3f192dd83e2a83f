/** Groups the rows of a step into micro-batches of a token budget, laid end to end without padding. */
import type { Batch } from '../native/types.ts';

/** What a micro-batch needs of a row. */
export interface TokenRow {
  input_ids: readonly number[];
  labels: readonly number[];
}

/**
 * First-fit decreasing: the longest sequence first, each into the first bin with room; ties keep their order, so the same lengths
 * always give the same bins. A sequence longer than the budget gets a bin of its own.
 * @returns positions into `lengths`, one list a micro-batch.
 */
export function packByTokens(lengths: readonly number[], budget: number): number[][] {
  const longestFirst = lengths.map((_, position) => position).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const bins: { rows: number[]; tokens: number }[] = [];
  for (const position of longestFirst) {
    const length = lengths[position]!;
    const bin = bins.find(({ tokens }) => tokens + length <= budget);
    if (bin) {
      bin.rows.push(position);
      bin.tokens += length;
    } else bins.push({ rows: [position], tokens: length });
  }
  return bins.map(({ rows }) => rows);
}

/** Lays rows end to end: `input_ids` [T], `labels` [T], `cu_seqlens` [S + 1], `row_ids` [S]. */
export function toBatch(rows: readonly TokenRow[], rowIds: readonly number[]): Required<Batch> {
  const cu_seqlens = new Int32Array(rows.length + 1);
  for (const [index, row] of rows.entries()) cu_seqlens[index + 1] = cu_seqlens[index]! + row.input_ids.length;
  const tokens = cu_seqlens[rows.length]!;
  const input_ids = new Int32Array(tokens);
  const labels = new Int32Array(tokens);
  for (const [index, row] of rows.entries()) {
    input_ids.set(row.input_ids, cu_seqlens[index]);
    labels.set(row.labels, cu_seqlens[index]);
  }
  return { input_ids, labels, cu_seqlens, row_ids: Uint32Array.from(rowIds) };
}

/** A micro-batch together with the places of its rows in the list it was made from. */
export interface MicroBatch {
  positions: number[];
  batch: Required<Batch>;
}

/** Micro-batches of a list of rows, made when their turn comes; a row's place in the list is its row id. */
export function* microBatches(rows: readonly TokenRow[], budget: number): Generator<MicroBatch> {
  for (const positions of packByTokens(
    rows.map((row) => row.input_ids.length),
    budget,
  )) {
    yield {
      positions,
      batch: toBatch(
        positions.map((position) => rows[position]!),
        positions,
      ),
    };
  }
}
