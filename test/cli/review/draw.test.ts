import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import { drawReview } from '../../../src/cli/review/draw.ts';
import { fromEditorText, sameTurns, toEditorText } from '../../../src/cli/review/editor-text.ts';
import { markedText } from '../../../src/cli/review/marked-text.ts';
import { afterDecision, editing, type ReviewState, startState, toConfirm } from '../../../src/cli/review/state.ts';
import { paint, span } from '../../../src/cli/terminal/spans.ts';
import { finding } from '../../../src/data/findings.ts';
import type { EditedTurn } from '../../../src/data/review/decision.ts';
import type { QueueItem } from '../../../src/data/review/queue.ts';
import type { Row } from '../../../src/data/row.ts';

const plain = picocolors.createColors(false);
const place = { file: 'rows.jsonl', line: 7 };
const turns: EditedTurn[] = [
  { role: 'user', content: 'Who helps me?' },
  { role: 'assistant', content: 'Write to someone@example.org today.' },
];
const row = { kind: 'chat', turnFields: ['instruction', 'output'] } as unknown as Row;
const item: QueueItem = {
  hash: 'a'.repeat(64),
  line: 7,
  row,
  flaws: [],
  turns,
  fields: { topic: 'help' },
  reason: 'finding',
  findings: [
    finding('pii-email', { ...place, field: 'output', value: 'someone@example.org', message: 'has an e-mail address' }),
    finding('near-duplicate', { ...place, of_line: 3, message: 'nearly the same as line 3' }),
  ],
  suspect: { hash: 'a'.repeat(64), losses: [2.5, 2.25], neighbours: [{ line: 4, loss: 0.5 }] },
  sealed: true,
  notes: [{ reviewer: 'bob', date: '2026-01-02T03:04:05Z', note: 'is this real?' }],
};
const other = { ...item, line: 3, turns: [turns[0]!, { role: 'assistant' as const, content: 'Call the shop today.' }] };
const around = { path: 'rows.jsonl', reviewer: 'ada', rowAt: (line: number) => (line === 3 ? other : undefined) };

function screen(state: ReviewState, width = 100, height = 40): string[] {
  return drawReview(state, around, { width, height }).lines.map((line) => paint(line, width, plain));
}

test('a row: place, why, losses, notes, findings, turns with the place marked, the other row, the keys', () => {
  const lines = screen(startState([item, item]));
  expect(lines).toHaveLength(40);
  const text = lines.join('\n');
  expect(lines[0]).toMatch(/^ fettle review {2}rows\.jsonl {2}by ada +row 1 of 2, 0 decided$/);
  for (const part of [
    'rows.jsonl:7  the check found something  topic help',
    'sealed test set',
    'loss by epoch 2.50 2.25, while rows that ask alike have 0.50 (line 4)',
    'bob, 2026-01-02: is this real?',
    'warning pii-email in output: has an e-mail address',
    'assistant (output)  pii-email',
    'Write to ⟦someone@example.org⟧ today.',
    'line 3, which it is compared with',
    'Call the shop today.',
    'a accept   e edit   r reject   n note   s skip   b back   ? help   q leave',
  ])
    expect(text).toContain(part);
});

test('what does not fit can be scrolled to, and no further than its end', () => {
  const state = startState([item]);
  expect(screen(state, 70, 16).join('\n')).toMatch(/\d+ more lines/);
  const { lines, scroll } = drawReview({ ...state, scroll: 999 }, around, { width: 70, height: 16 });
  expect(lines).toHaveLength(16);
  expect(scroll).toBeLessThan(40);
  expect(lines.map((line) => paint(line, 70, plain)).join('\n')).toContain('Call the shop today.');
});

test('every width and height has a frame of its size', () => {
  for (const state of [startState([]), startState([item]), editing(startState([item]), turns), toConfirm(startState([item]), turns, [])]) {
    for (const [width, height] of [
      [20, 6],
      [40, 10],
      [200, 60],
    ] as const) {
      const lines = screen(state, width, height);
      expect(lines.length).toBeGreaterThanOrEqual(height);
      for (const line of lines) expect(line.replaceAll(/[⟦⟧]|\{\+|\+\}|▏/g, '').length).toBeLessThanOrEqual(width);
    }
  }
});

test('an edit to be confirmed shows what is new, and the row that was edited shows it after', () => {
  const edited = [turns[0]!, { role: 'assistant' as const, content: 'Write to us today.' }];
  const waiting = toConfirm(startState([item]), edited, []);
  expect(screen(waiting).join('\n')).toMatch(/the check finds nothing[\s\S]*Write to \{\+us\+\} today\./);
  const back = { ...afterDecision(waiting, { hash: item.hash, decision: 'edited', turns: edited }), at: 0 };
  expect(screen(back).join('\n')).toMatch(/you edited this row[\s\S]*\{\+us\+\}/);
});

test('the end of the queue says what is left', () => {
  expect(screen({ ...startState([item]), at: 1 }).join('\n')).toContain('1 rows were skipped');
  expect(screen(startState([])).join('\n')).toContain('Nothing is left to review');
});

test('marks: several, overlapping, clipped and absent pieces', () => {
  expect(markedText('a b a', ['a'])).toEqual([span('a', 'mark'), span(' b '), span('a', 'mark')]);
  expect(markedText('abcd', ['abc', 'bcd'])).toEqual([span('abc', 'mark'), span('d', 'mark')]);
  expect(markedText('one two three', ['two th...'])).toEqual([span('one '), span('two th', 'mark'), span('ree')]);
  expect(markedText('abc', ['x', ''])).toEqual([span('abc')]);
});

test('the text for an editor reads back as the same turns, whatever they hold', () => {
  for (const contents of [
    ['q', 'a'],
    ['==== user\nnot a turn', 'a\n\nb'],
    ['', 'x'],
    ['a\r\nb', '  indented'],
  ]) {
    const before: EditedTurn[] = contents.map((content, i) => ({
      role: i === 0 ? 'user' : 'assistant',
      content: content.replaceAll('\r\n', '\n'),
    }));
    expect(fromEditorText(toEditorText(before), before)).toEqual(before);
  }
});

test('turns may be added and removed in the editor; a mark without a role is said', () => {
  const text = toEditorText(turns);
  expect(fromEditorText(`${text}\n==== user\nThanks.\n\n==== assistant\nWelcome.\n`, turns)).toHaveLength(4);
  expect(fromEditorText(text.replace('==== user', '==== usr'), turns)).toContain('"==== usr"');
  expect(fromEditorText('all gone', turns)).toContain('found none');
  expect(
    sameTurns(
      turns,
      turns.map((turn) => ({ ...turn, content: `${turn.content}\n` })),
    ),
  ).toBe(true);
});
