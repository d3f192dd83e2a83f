import { expect, test } from 'vitest';
import { agreement, reviewerPairs } from '../../../src/data/review/agreement.ts';
import type { Decision, DecisionKind } from '../../../src/data/review/decision.ts';

const date = '2026-01-02T03:04:05Z';
const decision = (reviewer: string, row: number, kind: DecisionKind, text = 'x'): Decision => ({
  hash: row.toString(16).padStart(64, '0'),
  decision: kind,
  reviewer,
  date,
  ...(kind === 'edited' && { turns: [{ role: 'text' as const, content: text }] }),
});

/** Counts of (ada, bob) as rows. */
function pairs(counts: readonly [DecisionKind, DecisionKind, number][]): Decision[] {
  let row = 0;
  return counts.flatMap(([a, b, n]) => Array.from({ length: n }, () => [decision('ada', ++row, a), decision('bob', row, b)]).flat());
}

test('percent and kappa of the textbook table', () => {
  // Cohen's 2 x 2 example: 20 both yes, 15 both no, 5 and 10 apart: 70 % observed, 50 % by chance.
  const decisions = pairs([
    ['accepted', 'accepted', 20],
    ['accepted', 'rejected', 5],
    ['rejected', 'accepted', 10],
    ['rejected', 'rejected', 15],
  ]);
  const found = agreement(decisions, ['ada', 'bob']);
  expect(found).toMatchObject({ rows: 50, same: 35, percent: 70, kappa: expect.closeTo(0.4, 12) });
  expect(found.table.accepted).toMatchObject({ accepted: 20, rejected: 5 });
  expect(found.disagreements).toHaveLength(15);
});

test('three decisions', () => {
  const decisions = pairs([
    ['accepted', 'accepted', 6],
    ['edited', 'edited', 3],
    ['rejected', 'edited', 2],
    ['noted', 'accepted', 1],
  ]);
  // observed 9/12; expected (6*7 + 3*5 + 2*0 + 1*0) / 144 = 57/144
  expect(agreement(decisions, ['ada', 'bob']).kappa).toBeCloseTo((9 / 12 - 57 / 144) / (1 - 57 / 144), 12);
});

test('the last decision counts; rows of one reviewer alone do not', () => {
  const decisions = [
    decision('ada', 1, 'rejected'),
    decision('bob', 1, 'accepted'),
    decision('ada', 2, 'accepted'),
    decision('ada', 1, 'accepted'),
    decision('eve', 1, 'rejected'),
  ];
  expect(agreement(decisions, ['ada', 'bob'])).toMatchObject({ rows: 1, same: 1, percent: 100, kappa: null, disagreements: [] });
  expect(agreement(decisions, ['eve', 'bob'])).toMatchObject({
    rows: 1,
    same: 0,
    kappa: 0,
    disagreements: [{ decisions: ['rejected', 'accepted'] }],
  });
  expect(reviewerPairs(decisions)).toEqual([
    ['ada', 'bob'],
    ['ada', 'eve'],
    ['bob', 'eve'],
  ]);
});

test('no row in common', () => {
  expect(agreement([decision('ada', 1, 'accepted'), decision('bob', 2, 'accepted')], ['ada', 'bob'])).toMatchObject({
    rows: 0,
    percent: null,
    kappa: null,
  });
});

test('two edits to other words are told apart', () => {
  const decisions = [
    decision('ada', 1, 'edited', 'one'),
    decision('bob', 1, 'edited', 'two'),
    decision('ada', 2, 'edited'),
    decision('bob', 2, 'edited'),
  ];
  expect(agreement(decisions, ['ada', 'bob'])).toMatchObject({ rows: 2, same: 2, edited_differently: 1 });
});
