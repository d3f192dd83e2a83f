/** Which rows a step takes, and how they are packed. */
import { expect, test } from 'vitest';
import { microBatches, packByTokens } from '../../src/data/micro-batches.ts';
import { DataOrder, epochOrder } from '../../src/train/data-order.ts';
import { philox4x32 } from '../../src/train/philox.ts';
import { countingRows } from './fake-job.ts';

test('philox gives the words of the published known answers', () => {
  // Random123's kat_vectors, philox4x32 10
  expect(philox4x32([0, 0, 0, 0], [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  expect(philox4x32([-1, -1, -1, -1], [-1, -1])).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
  expect(philox4x32([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
    0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1,
  ]);
});

test('an epoch visits every row once, in an order that depends on seed and epoch only', () => {
  const order = epochOrder(1000, 42, 3);
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  expect(epochOrder(1000, 42, 3)).toEqual(order);
  for (const other of [epochOrder(1000, 43, 3), epochOrder(1000, 42, 4), epochOrder(1000, 42 + 2 ** 32, 3)])
    expect(other).not.toEqual(order);
});

test('shuffling is fair: every row is first about equally often', () => {
  const firsts = new Array<number>(8).fill(0);
  for (let seed = 0; seed < 4000; seed++) firsts[epochOrder(8, seed, 0)[0]!]!++;
  for (const count of firsts) expect(Math.abs(count - 500)).toBeLessThan(120);
});

test('steps cut the epoch in order; the last one takes what is left', () => {
  const order = new DataOrder({ rows: 10, batch_size: 4, seed: 1, shuffle: true });
  expect(order.stepsPerEpoch).toBe(3);
  const epoch = (steps: number[]) => steps.flatMap((step) => order.rowsOf(step));
  expect(epoch([1, 2, 3])).toEqual([...epochOrder(10, 1, 0)]);
  expect(epoch([4, 5, 6])).toEqual([...epochOrder(10, 1, 1)]);
  expect(order.rowsOf(3)).toHaveLength(2);
  expect(order.rowsOf(2), 'going back gives the same rows').toEqual([...epochOrder(10, 1, 0)].slice(4, 8));
});

test('without shuffling the rows come as they are in the file', () => {
  const order = new DataOrder({ rows: 5, batch_size: 2, seed: 1, shuffle: false });
  expect([1, 2, 3, 4].map((step) => order.rowsOf(step))).toEqual([[0, 1], [2, 3], [4], [0, 1]]);
});

test('packing keeps to the budget and loses no row; a longer one is alone', () => {
  const lengths = [5, 30, 12, 7, 7, 3, 25, 1];
  const bins = packByTokens(lengths, 20);
  expect(bins.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
  for (const bin of bins) {
    const tokens = bin.reduce((sum, i) => sum + lengths[i]!, 0);
    expect(tokens <= 20 || bin.length === 1).toBe(true);
  }
  expect(bins).toHaveLength(4);
  expect(packByTokens(lengths, 20)).toEqual(bins);
});

test('a micro-batch lays rows end to end and names them', () => {
  const rows = countingRows(3);
  const [only, none] = [...microBatches(rows, 1000)];
  expect(none).toBeUndefined();
  const { positions, batch } = only!;
  expect([...batch.row_ids]).toEqual(positions);
  for (const [i, position] of positions.entries()) {
    const [from, to] = [batch.cu_seqlens[i]!, batch.cu_seqlens[i + 1]!];
    expect([...batch.input_ids.subarray(from, to)]).toEqual(rows[position]!.input_ids);
    expect([...batch.labels.subarray(from, to)]).toEqual(rows[position]!.labels);
  }
});
