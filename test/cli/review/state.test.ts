import { expect, test } from 'vitest';
import { afterDecision, type Effect, press, type ReviewState, startState, toConfirm, withMessage } from '../../../src/cli/review/state.ts';
import type { Key } from '../../../src/cli/terminal/key.ts';
import type { QueueItem } from '../../../src/data/review/queue.ts';

const key = (name: string): Key => ({ name, text: name.length === 1 ? name : '' });
const item = (i: number, more: Partial<QueueItem> = {}): QueueItem => ({
  hash: `${i}`.padStart(64, '0'),
  line: i,
  row: null,
  flaws: [],
  turns: [
    { role: 'user', content: `question ${i}` },
    { role: 'assistant', content: `answer ${i}` },
  ],
  fields: {},
  reason: 'sample',
  findings: [],
  suspect: null,
  sealed: false,
  notes: [],
  ...more,
});
const items = [item(1), item(2, { copy: 2 }), item(3, { turns: null })];

/** Presses keys one after another; a decision counts as written. */
function pressAll(state: ReviewState, ...names: string[]): { state: ReviewState; effects: Effect[] } {
  const effects: Effect[] = [];
  let now = state;
  for (const name of names) {
    const step = press(now, key(name));
    now = step.state;
    if (step.effect === undefined) continue;
    effects.push(step.effect);
    if (step.effect.type === 'decide') now = afterDecision(now, step.effect.verdict);
  }
  return { state: now, effects };
}

test('accept and reject decide on the row that is shown and go on', () => {
  const { state, effects } = pressAll(startState(items), 'a', 'r');
  expect(effects).toEqual([
    { type: 'decide', verdict: { hash: items[0]!.hash, decision: 'accepted' } },
    { type: 'decide', verdict: { hash: items[1]!.hash, copy: 2, decision: 'rejected' } },
  ]);
  expect(state.at).toBe(2);
  expect([...state.decided.values()].map(({ decision }) => decision)).toEqual(['accepted', 'rejected']);
});

test('skip and back move without deciding, and stay within the queue', () => {
  expect(pressAll(startState(items), 'b').state.at).toBe(0);
  const { state, effects } = pressAll(startState(items), 's', 's', 's', 's');
  expect([state.at, effects]).toEqual([3, []]);
  expect(pressAll(state, 'a', 'r', 'e', 'n').effects, 'nothing to decide at the end').toEqual([]);
  expect(pressAll(state, 'left').state.at).toBe(2);
});

test('scrolling, help and leaving', () => {
  const { state } = pressAll(startState(items), 'down', 'down', 'space', 'up');
  expect(state.scroll).toBe(11);
  expect(pressAll(state, 's').state.scroll).toBe(0);
  expect(pressAll(state, '?').state.mode.name).toBe('help');
  expect(pressAll(state, '?', 'a')).toMatchObject({ state: { mode: { name: 'read' }, at: 0 }, effects: [] });
  expect(pressAll(state, 'q').effects).toEqual([{ type: 'leave', interrupted: false }]);
  for (const before of [[], ['n', 'x'], ['i'], ['?']])
    expect(pressAll(state, ...before, 'ctrl-c').effects).toEqual([{ type: 'leave', interrupted: true }]);
});

test('a note is a line of text; an empty one decides nothing', () => {
  const { effects } = pressAll(startState(items), 'n', 'o', 'k', 'return');
  expect(effects).toEqual([{ type: 'decide', verdict: { hash: items[0]!.hash, decision: 'noted', note: 'ok' } }]);
  expect(pressAll(startState(items), 'n', 'return')).toMatchObject({ state: { at: 0, mode: { name: 'read' } }, effects: [] });
  expect(pressAll(startState(items), 'n', 'x', 'escape')).toMatchObject({ state: { mode: { name: 'read' } }, effects: [] });
  const pasted = press(pressAll(startState(items), 'n').state, { name: 'text', text: 'a\nb' }).state;
  expect(pasted.mode).toMatchObject({ name: 'note', area: { text: 'a b' } });
});

test('editing here: the answer first, tab to the other turns, then the check', () => {
  const { state, effects } = pressAll(startState(items), 'i', '!', 'tab', '?', 'ctrl-s');
  expect(effects).toEqual([
    {
      type: 'check-edit',
      turns: [
        { role: 'user', content: 'question 1?' },
        { role: 'assistant', content: 'answer 1!' },
      ],
    },
  ]);
  expect(state.mode.name).toBe('edit');
  expect(pressAll(state, 'escape')).toMatchObject({ state: { mode: { name: 'read' } }, effects: [] });
});

test('the editor is asked for with e; rows without turns cannot be edited', () => {
  expect(pressAll(startState(items), 'e').effects).toEqual([{ type: 'open-editor', turns: items[0]!.turns }]);
  const { state, effects } = pressAll(startState(items), 's', 's', 'e');
  expect(effects).toEqual([]);
  expect(state.message).toMatchObject({ bad: true });
  expect(pressAll(withMessage(state, 'x', true), 'k').state.message).toBeNull();
});

test('an edit is kept only when it is confirmed, and is what is edited next time', () => {
  const turns = [{ role: 'user' as const, content: 'new' }];
  const waiting = toConfirm(startState(items), turns, []);
  expect(pressAll(waiting, 'd')).toMatchObject({ state: { mode: { name: 'read' }, at: 0 }, effects: [] });
  expect(pressAll(waiting, 'a').effects, 'a does not accept here').toEqual([]);
  const { state, effects } = pressAll(waiting, 'return', 'b', 'e');
  expect(effects).toEqual([
    { type: 'decide', verdict: { hash: items[0]!.hash, decision: 'edited', turns } },
    { type: 'open-editor', turns },
  ]);
  expect(state.at).toBe(0);
});
