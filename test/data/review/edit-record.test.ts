import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadDataset } from '../../../src/data/dataset.ts';
import { type EditedTurn, hashOfTurns, turnsOf } from '../../../src/data/review/decision.ts';
import { decide, freshFolder, rawRows } from './support.ts';

const call = [{ type: 'function', function: { name: 'look_up', arguments: { id: 4 } } }];

/** A record of each shape; the last answer is edited. */
const records: [string, Record<string, unknown>, Record<string, unknown>][] = [
  [
    'alpaca',
    { instruction: 'Answer.', input: 'Q?', output: 'A.', topic: 't' },
    { instruction: 'Answer.', input: 'Q?', output: 'B.', topic: 't' },
  ],
  [
    'alpaca with system and history',
    { system: 'Be kind.', instruction: 'Answer.', history: [['q', 'a']], output: 'A.' },
    { system: 'Be kind.', instruction: 'Answer.', history: [['q', 'a']], output: 'B.' },
  ],
  [
    'messages with a weight, a name and parts',
    {
      messages: [
        { role: 'developer', content: 'Be kind.' },
        { role: 'user', name: 'eve', content: [{ type: 'text', text: 'Q?' }] },
        { role: 'assistant', content: 'no', weight: 0 },
        { role: 'user', content: 'Again?' },
        { role: 'assistant', content: 'A.' },
      ],
    },
    {
      messages: [
        { role: 'developer', content: 'Be kind.' },
        { role: 'user', name: 'eve', content: [{ type: 'text', text: 'Q?' }] },
        { role: 'assistant', content: 'no', weight: 0 },
        { role: 'user', content: 'Again?' },
        { role: 'assistant', content: 'B.' },
      ],
    },
  ],
  [
    'messages with a tool',
    {
      messages: [
        { role: 'user', content: 'Q?' },
        { role: 'assistant', tool_calls: call },
        { role: 'tool', content: '4' },
        { role: 'assistant', content: 'A.' },
      ],
      tools: [{ x: 1 }],
    },
    {
      messages: [
        { role: 'user', content: 'Q?' },
        { role: 'assistant', tool_calls: call },
        { role: 'tool', content: '4' },
        { role: 'assistant', content: 'B.' },
      ],
      tools: [{ x: 1 }],
    },
  ],
  [
    'sharegpt',
    {
      id: 7,
      system: 'Be kind.',
      conversations: [
        { from: 'human', value: 'Q?' },
        { from: 'gpt', value: 'A.' },
      ],
    },
    {
      id: 7,
      system: 'Be kind.',
      conversations: [
        { from: 'human', value: 'Q?' },
        { from: 'gpt', value: 'B.' },
      ],
    },
  ],
  ['prompt-completion', { prompt: 'Q?', completion: 'A.' }, { prompt: 'Q?', completion: 'B.' }],
  [
    'prompt-completion lists',
    { prompt: [{ role: 'user', content: 'Q?' }], completion: [{ role: 'assistant', content: 'A.' }] },
    { prompt: [{ role: 'user', content: 'Q?' }], completion: [{ role: 'assistant', content: 'B.' }] },
  ],
  ['text', { text: 'A.', source: 's' }, { text: 'B.', source: 's' }],
];

async function edit(record: object, change: (turns: EditedTurn[]) => EditedTurn[]) {
  const path = join(freshFolder(), 'rows.jsonl');
  writeFileSync(path, `${JSON.stringify(record)}\n`);
  const [row] = await rawRows(path);
  const turns = change(turnsOf(row!)!);
  await decide(path, [{ hash: row!.hash, decision: 'edited', turns }]);
  const [edited] = (await loadDataset(path)).rows;
  expect(edited!.hash).toBe(hashOfTurns(turns));
  return edited!;
}

test.each(records)('an edit changes its text alone: %s', async (_name, record, expected) => {
  const row = await edit(record, (turns) => turns.map((turn, i) => (i === turns.length - 1 ? { ...turn, content: 'B.' } : turn)));
  expect(row.record).toEqual(expected);
  expect(Object.keys(row.record)).toEqual(Object.keys(expected));
});

test('an alpaca question goes back into instruction and input', async () => {
  const record = { instruction: 'Answer.', input: 'Q?', output: 'A.' };
  const asks = (content: string) => edit(record, ([, answer]) => [{ role: 'user', content }, answer!]);
  expect((await asks('Answer.\n\nOther?')).record).toEqual({ ...record, input: 'Other?' });
  expect((await asks('Say it.')).record).toEqual({ ...record, instruction: 'Say it.', input: '' });
});

test('turns may be added and removed where the shape holds them', async () => {
  const messages = [
    { role: 'user', content: 'Q?' },
    { role: 'assistant', content: 'skipped', weight: 0 },
    { role: 'user', content: 'R?' },
    { role: 'assistant', content: 'A.' },
    { role: 'user', content: 'trailing' },
  ];
  const row = await edit({ topic: 't', messages }, (turns) => turns.slice(0, -1));
  expect(row.record).toEqual({ topic: 't', messages: messages.slice(0, -1) });
  const alpaca = await edit({ instruction: 'Q?', output: 'A.', system: 'Be kind.' }, (turns) => turns.slice(1));
  expect(alpaca.record).toEqual({ instruction: 'Q?', input: '', output: 'A.' });
  const sharegpt = await edit(
    {
      system: 's',
      conversations: [
        { from: 'human', value: 'Q?' },
        { from: 'gpt', value: 'A.' },
      ],
    },
    (turns) => [...turns, { role: 'user', content: 'R?' }, { role: 'assistant', content: 'B.' }],
  );
  expect(sharegpt.record).toEqual({
    conversations: [
      { from: 'system', value: 's' },
      { from: 'human', value: 'Q?' },
      { from: 'gpt', value: 'A.' },
      { from: 'human', value: 'R?' },
      { from: 'gpt', value: 'B.' },
    ],
  });
});
