import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import { drawNew } from '../../../src/cli/new/draw.ts';
import { afterCheck, draftOf, type NewState, press, refused, type Step, startState } from '../../../src/cli/new/state.ts';
import { paint } from '../../../src/cli/terminal/spans.ts';
import { finding } from '../../../src/data/findings.ts';
import type { Row } from '../../../src/data/row.ts';

const topics = ['repair', 'care', 'returns'];
const empty = { topic: '', question: '', answer: '' };
const begin = (draft = empty) => startState(topics, draft);

function pressAll(state: NewState, ...names: string[]): Step {
  return names.reduce<Step>((step, name) => press(step.state, { name, text: name.length === 1 ? name : '' }), { state });
}

const row = {} as Row;
const doubtful = { row, problems: [], findings: [finding('pii-email', { file: 'f', line: 1, field: 'output' })] };

test('a new row begins with the topic that lacks most, in the question', () => {
  expect(begin()).toMatchObject({ field: 'question', areas: { topic: { text: 'repair' } } });
  expect(begin({ topic: 'care', question: 'half', answer: '' })).toMatchObject({
    field: 'answer',
    areas: { topic: { text: 'care' }, question: { text: 'half' } },
  });
});

test('tab goes round the fields; topics are chosen or written', () => {
  const { state } = pressAll(begin(), 'shift-tab', 'down');
  expect([state.field, draftOf(state).topic]).toEqual(['topic', 'care']);
  expect(draftOf(pressAll(state, 'up', 'up').state).topic).toBe('returns');
  expect(draftOf(pressAll(state, 'x').state).topic).toBe('carex');
  expect(pressAll(state, 'return').state.field).toBe('question');
  expect(pressAll(state, 'tab', 'a', 'tab', 'b', 'return', 'c').state).toMatchObject({
    areas: { question: { text: 'a' }, answer: { text: 'b\nc' } },
  });
});

test('keeping what the check warns of takes the same keys twice, and again after a change', () => {
  const typed = pressAll(begin(), 'q', 'tab', 'a').state;
  expect(press(typed, { name: 'ctrl-s', text: '' }).effect).toMatchObject({
    type: 'keep',
    draft: { question: 'q', answer: 'a' },
    anyway: false,
  });
  const warned = refused(typed, doubtful);
  expect(warned.message).toMatchObject({ bad: true });
  expect(press(warned, { name: 'ctrl-s', text: '' }).effect).toMatchObject({ anyway: true });
  expect(pressAll(warned, 'b', 'ctrl-s').effect).toMatchObject({ anyway: false });
  const none = refused(typed, { row: null, problems: [{ message: 'expected an answer' }], findings: [] });
  expect(none).toMatchObject({ warned: null, message: { text: 'not kept: expected an answer' } });
});

test('a change makes the last check old; moving the cursor does not', () => {
  const checked = afterCheck(pressAll(begin(), 'q').state, doubtful);
  expect(pressAll(checked, 'left').state.checked).toBe(doubtful);
  expect(pressAll(checked, 'x').state.checked).toBeNull();
});

test('leaving', () => {
  expect(pressAll(begin(), 'escape').effect).toEqual({ type: 'leave', interrupted: false });
  expect(pressAll(begin(), 'ctrl-c').effect).toEqual({ type: 'leave', interrupted: true });
});

test('the screen shows what is missing, the fields and what the check says', () => {
  const coverage = { rows: 3, goal: 12, unlabelled: 1, topics: topics.map((topic, i) => ({ topic, rows: i, wanted: 4, missing: 4 - i })) };
  const around = { path: 'new.jsonl', plan: { shape: 'alpaca' as const, instruction: 'Help.' }, coverage, flaws: 1 };
  const draw = (state: NewState, height = 30) =>
    drawNew(state, around, { width: 80, height }).map((line) => paint(line, 80, picocolors.createColors(false)));
  const text = draw(afterCheck(pressAll(begin(), 'q').state, doubtful)).join('\n');
  for (const part of [
    'new.jsonl',
    '3 of 12 examples',
    'repair 0/4   care 1/4',
    '1 rows have no topic',
    '1 line of the file is not usable',
    'Help.',
    'warning pii-email',
    'ctrl-s keep',
  ])
    expect(text).toContain(part);
  expect(draw(begin(), 12)).toHaveLength(12);
  expect(draw(begin()).join('\n')).not.toContain('checking');
});
