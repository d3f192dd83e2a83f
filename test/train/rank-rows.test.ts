import { expect, test } from 'vitest';
import { type RowHistory, rankRows } from '../../src/train/rank-rows.ts';

const usual = [2, 1, 0.5];
const row = (...losses: number[]): RowHistory => ({ losses, usual: usual.slice(0, losses.length), near: [] });
/** Rows that fall as is usual, and are each other's neighbours. */
const crowd = (count: number): RowHistory[] =>
  Array.from({ length: count }, (_, i) => ({
    losses: usual.map((loss) => loss * (1 + 0.02 * (i % 5))),
    usual,
    near: [1, 2, 3].map((step) => (i + step) % count),
  }));
const classOf = (one: RowHistory) => rankRows([...crowd(20), one]).at(-1)!.class;

test('learned, forgotten, never learned', () => {
  expect(classOf(row(2.2, 1.1, 0.6))).toBe('learned');
  expect(classOf(row(0.05, 0.05, 0.06)), 'known from the beginning').toBe('learned');
  expect(classOf(row(2, 0.5, 1.2))).toBe('forgotten');
  expect(classOf(row(2, 0.5, 0.55)), 'a little noise').toBe('learned');
  expect(classOf(row(2.1, 2.2, 2))).toBe('never-learned');
  expect(rankRows(crowd(20)).every((rank) => rank.class === 'learned')).toBe(true);
});

test('a row that was first met when every loss was high starts from what is usual in the middle of the epoch', () => {
  expect(classOf({ losses: [9, 2.1, 2], usual: [9, 1, 0.5], near: [] })).toBe('never-learned');
});

test('suspicious: high while its neighbours are low', () => {
  const alone = { ...row(2, 2, 1.9), near: [0, 1, 2] };
  const ranks = rankRows([...crowd(20), alone]);
  expect(ranks.at(-1)).toMatchObject({ class: 'suspicious', suspicion: expect.closeTo(1.2, 1) });
  expect(ranks.slice(0, -1).every((rank) => rank.class === 'learned' && Math.abs(rank.suspicion!) < 0.1)).toBe(true);
  const hard = [0, 1, 2, 3].map((i) => ({ ...row(2, 2, 1.9), near: [20, 21, 22, 23].filter((other) => other !== 20 + i) }));
  expect(rankRows([...crowd(20), ...hard]).at(-1), 'its neighbours are as hard').toMatchObject({ class: 'never-learned', suspicion: 0 });
  expect(rankRows([...crowd(20), row(2, 2, 1.9)]).at(-1), 'no neighbours').toMatchObject({ class: 'never-learned', suspicion: null });
});

test('one epoch: compared with what was usual when a row was trained', () => {
  const once = (loss: number, at: number, near: number[]): RowHistory => ({ losses: [loss], usual: [at], near });
  const others = Array.from({ length: 20 }, (_, i) => once(3 - i * 0.1, 3 - i * 0.1 + 0.02 * (i % 3), [(i + 1) % 20, (i + 2) % 20]));
  const ranks = rankRows([...others, once(2.4, 1, [0, 1])]);
  expect(ranks.map((rank) => rank.class)).toEqual([...others.map(() => 'seen-once'), 'suspicious']);
});

test('nothing to rank', () => expect(rankRows([])).toEqual([]));
