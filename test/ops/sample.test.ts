import { describe, expect, it } from 'vitest';
import type { OpTensor } from '../../src/native/ops.ts';
import { indices, isDevice, matrix, random, runOn, tiers, valuesOf, vector } from './support.ts';

interface Draw {
  temperature: number;
  top_k: number;
  top_p: number;
  seed: number;
  position: number;
}

const greedy: Draw = { temperature: 0, top_k: 0, top_p: 1, seed: 0, position: 0 };

function args(logits: OpTensor, draws: readonly Draw[]) {
  const seeds = Uint32Array.from(draws.flatMap(({ seed }) => [seed % 2 ** 32, Math.floor(seed / 2 ** 32)]));
  return {
    logits,
    temperature: vector(draws.length, (i) => draws[i]!.temperature),
    top_p: vector(draws.length, (i) => draws[i]!.top_p),
    top_k: indices(draws.map(({ top_k }) => top_k)),
    position: indices(draws.map(({ position }) => position)),
    seed: { data: seeds, dtype: 'u32' as const, shape: [draws.length, 2] },
    id: indices(draws.map(() => -1)),
  };
}

const idsOn = (tier: string, logits: OpTensor, draws: readonly Draw[]) => valuesOf(runOn(tier, 'sample', args(logits, draws)).id!);

/** `count` draws from one row of logits. */
function draw(tier: string, row: readonly number[], count: number, how: Partial<Draw>): number[] {
  const logits = matrix('f32', count, row.length, (_, c) => row[c]!);
  return idsOn(
    tier,
    logits,
    Array.from({ length: count }, (_, position) => ({ ...greedy, temperature: 1, seed: 5, position, ...how })),
  );
}

describe.each(tiers)('a token drawn on %s', (tier) => {
  it('is the one that the oracle draws', () => {
    const next = random(4);
    const few = isDevice(tier);
    for (const vocab of few ? [1, 31, 1030] : [1, 2, 31, 100, 1030, 4999]) {
      const draws: Draw[] = [0, 0.3, 1, 2.5]
        .flatMap((temperature) =>
          [0, 1, 3, 40, 10_000].flatMap((top_k) =>
            [1, 0.95, 0.5, 0.01, 0].map((top_p, i) => ({ temperature, top_k, top_p, seed: 2 ** 33 * i + top_k, position: i * 97 })),
          ),
        )
        .filter((_, i) => !few || i % 9 === 4);
      // coarse values: many ties
      const fine = matrix('f32', draws.length, vocab, () => 8 * next());
      const coarse = matrix('f32', draws.length, vocab, () => Math.round(3 * next()));
      for (const logits of [fine, coarse]) expect(idsOn(tier, logits, draws), `${vocab}`).toEqual(idsOn('scalar', logits, draws));
    }
  });

  it('special numbers: a NaN is never drawn, infinities are as large as they are', () => {
    const [nan, inf] = [Number.NaN, Number.POSITIVE_INFINITY];
    for (const [row, among] of [
      [
        [nan, 1, nan, 1],
        [1, 3],
      ],
      [
        [-inf, -inf],
        [0, 1],
      ],
      [[nan, nan], [0]],
      [
        [0, inf, -inf, inf],
        [1, 3],
      ],
      [[nan, -inf, nan], [1]],
      [
        [-0, 0, -1e30],
        [0, 1],
      ],
    ] as const) {
      const found = draw(tier, row, 40, {});
      expect(new Set(found), `${row}`).toEqual(new Set(among));
      expect(draw(tier, row, 1, { temperature: 0 }), `${row}`).toEqual([among[0]]);
      expect(found).toEqual(draw('scalar', row, 40, {}));
    }
  });
});

it('tokens come as often as their probability says', () => {
  const row = [0, 1, 2, -1, 0.5];
  const temperature = 0.7;
  const weights = row.map((z) => Math.exp(z / temperature));
  const total = weights.reduce((a, b) => a + b, 0);
  const count = 20_000;
  const found = draw('scalar', row, count, { temperature });
  for (const [id, weight] of weights.entries()) {
    const p = weight / total;
    const seen = found.filter((x) => x === id).length;
    expect(Math.abs(seen - count * p), `${id}`).toBeLessThan(4.5 * Math.sqrt(count * p * (1 - p)));
  }
});

it('top_k and top_p keep the largest, the smaller ids of those alike', () => {
  const kept = (row: number[], how: Partial<Draw>) => [...new Set(draw('scalar', row, 500, how))].sort((a, b) => a - b);
  expect(kept([1, 3, 2, 3, 2], { top_k: 3 })).toEqual([1, 2, 3]);
  expect(kept([1, 3, 2, 3, 2], { top_k: 1 })).toEqual([1]);
  const thirds = [Math.log(0.5), Math.log(0.3), Math.log(0.2)];
  expect(kept(thirds, { top_p: 0.45 })).toEqual([0]);
  expect(kept(thirds, { top_p: 0.6 })).toEqual([0, 1]);
  expect(kept(thirds, { top_p: 0.85 })).toEqual([0, 1, 2]);
  expect(kept(thirds, { top_p: 0 })).toEqual([0]);
  expect(kept(thirds, { top_p: 0.55, top_k: 2 })).toEqual([0]);
  expect(kept([0, 0, 0, 0], { top_p: 0.5 })).toEqual([0, 1]);
});

it('a seed and a position always give the same token, whatever else is drawn', () => {
  const row = Array.from({ length: 50 }, (_, i) => Math.sin(i));
  const [a, b, again] = [7, 8, 7].map((seed) => draw('scalar', row, 30, { seed }));
  expect(a).not.toEqual(b);
  expect(a).toEqual(again);
  expect(draw('scalar', row, 1, { seed: 7, position: 12 })[0]).toBe(draw('scalar', row, 30, { seed: 7 })[12]);
});
