import { describe, expect, test } from 'vitest';
import { loadDataset } from '../../src/data/dataset.ts';
import type { ChatRow, Row } from '../../src/data/row.ts';
import { dataFile } from './support/write-data.ts';

async function load(...rows: object[]): Promise<Row[]> {
  return [...(await loadDataset(dataFile(rows))).rows];
}

async function turns(row: object): Promise<string[]> {
  const [loaded] = (await load(row)) as ChatRow[];
  return loaded!.turns.map((turn) => `${turn.role}: ${turn.content}`);
}

async function fields(row: object): Promise<(string | undefined)[]> {
  return load(row).then(
    () => [],
    (error) => error.problems.map((problem: { field?: string }) => problem.field),
  );
}

const answer = { role: 'assistant', content: 'yo' };

describe('turns', () => {
  test('alpaca: instruction alone, with input, with system and history', async () => {
    expect(await turns({ instruction: 'do', output: 'ok' })).toEqual(['user: do', 'assistant: ok']);
    expect(await turns({ instruction: 'do', input: ' ', output: 'ok' })).toEqual(['user: do', 'assistant: ok']);
    expect(await turns({ instruction: 'do', input: 'this', output: 'ok', system: 's', history: [['q', 'a']] })).toEqual([
      'system: s',
      'user: q',
      'assistant: a',
      'user: do\n\nthis',
      'assistant: ok',
    ]);
  });

  test('messages: developer is system, text parts are joined, null means absent', async () => {
    const parts = [
      { type: 'text', text: 'h' },
      { type: 'text', text: 'i' },
    ];
    expect(
      await turns({ messages: [{ role: 'developer', content: 's' }, { role: 'user', content: parts, name: null }, answer], tools: null }),
    ).toEqual(['system: s', 'user: hi', 'assistant: yo']);
  });

  test('messages: weight 0 is not trained and does not reach the template', async () => {
    const [row] = (await load({
      messages: [
        { role: 'user', content: 'a' },
        { ...answer, weight: 0 },
        { role: 'user', content: 'b' },
        { ...answer, weight: 1 },
      ],
    })) as ChatRow[];
    expect([...row!.untrained]).toEqual([1]);
    expect(row!.turns[1]).toEqual(answer);
  });

  test('messages: a tool call is an answer without text', async () => {
    const call = { role: 'assistant', content: null, tool_calls: [{ type: 'function', function: { name: 'f', arguments: {} } }] };
    const [row] = (await load({ messages: [{ role: 'user', content: 'a' }, call], tools: [{ name: 'f' }] })) as ChatRow[];
    expect(row!.turns[1]).toMatchObject({ content: '', tool_calls: call.tool_calls });
    expect(row!.tools).toEqual([{ name: 'f' }]);
  });

  test('sharegpt: speakers, system column, function calls, and role/content inside', async () => {
    const call = '{"name": "f", "arguments": {"x": 1}}';
    const conversations = [
      { from: 'human', value: 'a' },
      { from: 'function_call', value: call },
      { from: 'observation', value: '7' },
      { from: 'gpt', value: 'b' },
    ];
    expect(await turns({ conversations, system: 's' })).toEqual(['system: s', 'user: a', 'assistant: ', 'tool: 7', 'assistant: b']);
    expect(await turns({ conversations: [{ role: 'user', content: 'a' }, answer] })).toEqual(['user: a', 'assistant: yo']);
  });

  test('prompt-completion: texts are plain; of lists only the completion is trained', async () => {
    const [plain] = (await load({ prompt: 'a', completion: ' b' })) as ChatRow[];
    expect(plain).toMatchObject({
      plain: true,
      turns: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: ' b' },
      ],
    });
    const [lists] = (await load({
      prompt: [{ role: 'user', content: 'a' }, answer, { role: 'user', content: 'b' }],
      completion: [answer],
    })) as ChatRow[];
    expect(lists!.plain).toBe(false);
    expect([0, 1, 2, 3].filter((i) => lists!.untrained.has(i))).toEqual([0, 1, 2]);
  });

  test('other fields are kept', async () => {
    const [row] = await load({ id: 7, topic: 'x', text: 'hello' });
    expect(row!.fields).toEqual({ id: 7, topic: 'x' });
  });
});

describe('content hash', () => {
  const hashes = async (...rows: object[]) => Promise.all(rows.map(async (row) => (await load(row))[0]!.hash));
  const same = async (...rows: object[]) => new Set(await hashes(...rows)).size;

  test('does not depend on shape, key order or blanks at the ends', async () => {
    const count = await same(
      { instruction: 'do', input: 'this', output: 'ok' },
      { output: 'ok\n', input: '  this ', topic: 'x', instruction: '\tdo ' },
      {
        messages: [
          { role: 'user', content: 'do\n\nthis' },
          { content: ' ok', role: 'assistant', weight: 1 },
        ],
      },
      {
        conversations: [
          { from: 'human', value: 'do\r\n\r\nthis' },
          { from: 'gpt', value: 'ok' },
        ],
      },
      { prompt: 'do\n\nthis', completion: ' ok' },
    );
    expect(count).toBe(1);
  });

  test('depends on words, roles and their order', async () => {
    const rows = [
      { prompt: 'a', completion: 'b' },
      { prompt: 'a', completion: 'c' },
      { prompt: 'b', completion: 'a' },
      { prompt: 'a b', completion: 'c' },
      {
        messages: [
          { role: 'system', content: 'a' },
          { role: 'assistant', content: 'b' },
        ],
      },
      { text: 'a' },
      { text: 'ab' },
      { input_ids: [1, 2], labels: [1, 2] },
      { input_ids: [1, 2], labels: [-100, 2] },
    ];
    expect(await same(...rows)).toBe(rows.length);
  });
});

describe('bad rows name their field', () => {
  test.each([
    [{ instruction: 'a' }, ['output']],
    [{ instruction: '', output: '' }, ['instruction', 'output']],
    [{ instruction: 'a', output: 'b', input: 3, history: [['q']] }, ['input', 'history[0]']],
    [{ messages: 'hi' }, ['messages']],
    [{ messages: [{ role: 'user', content: 'a' }] }, ['messages']],
    [
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: ' ' },
        ],
      },
      ['messages[1].content'],
    ],
    [
      { messages: [{ role: 'robot', content: 'a' }, { role: 'assistant', content: 5 }, 7] },
      ['messages[0].role', 'messages[1].content', 'messages[2]'],
    ],
    [
      {
        messages: [
          { role: 'user', content: [{ type: 'image_url' }] },
          { ...answer, weight: 2 },
        ],
      },
      ['messages[0].content[0]', 'messages[1].weight'],
    ],
    [{ conversations: [{ from: 'alien', value: 'a' }, { from: 'gpt' }] }, ['conversations[0].from', 'conversations[1].value']],
    [{ prompt: 'a', chosen: 'b', rejected: 'c' }, ['completion']],
    [{ prompt: [{ role: 'user', content: 'a' }], completion: 'b' }, ['completion']],
    [{ text: ' ' }, ['text']],
    [{ input_ids: [1, 2], labels: [1] }, ['labels']],
    [{ input_ids: [1.5], labels: ['x'] }, ['input_ids[0]', 'labels[0]']],
    [{ input_ids: [-1], labels: [-5] }, ['input_ids[0]', 'labels[0]']],
    [{ input_ids: [], labels: [] }, ['input_ids', 'labels']],
  ])('%j', async (row, expected) => {
    expect(await fields(row)).toEqual(expected);
  });
});
