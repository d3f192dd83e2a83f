import { describe, expect, test } from 'vitest';
import { type ConvertTarget, convertRow } from '../../src/data/convert.ts';
import { loadDataset } from '../../src/data/dataset.ts';
import { chosenOf } from '../../src/data/shapes/preference.ts';
import { dataFile } from './support/write-data.ts';

async function convert(row: object, to: ConvertTarget) {
  return convertRow((await loadDataset(dataFile([row]))).rows[0]!, to);
}

const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string, more: object = {}) => ({ role: 'assistant', content, ...more });
const targets: ConvertTarget[] = ['messages', 'alpaca', 'sharegpt', 'prompt-completion'];

describe('convertRow', () => {
  test.each(targets)('to %s and back: the same content, nothing lost', async (to) => {
    const row = { id: 1, instruction: 'do', input: 'this', output: 'ok' };
    const converted = await convert(row, to);
    expect(converted.lost).toEqual([]);
    expect(converted.row.id).toBe(1);
    const before = (await loadDataset(dataFile([row]))).rows[0]!.hash;
    expect((await loadDataset(dataFile([converted.row]))).rows[0]!.hash).toBe(before);
  });

  test.each(targets)('a longer conversation to %s keeps its hash', async (to) => {
    const row = { messages: [{ role: 'system', content: 's' }, user('a'), assistant('b'), user('c'), assistant('d')] };
    const converted = await convert(row, to);
    expect(converted.lost).toHaveLength(to === 'prompt-completion' ? 1 : 0);
    const before = (await loadDataset(dataFile([row]))).rows[0]!.hash;
    expect((await loadDataset(dataFile([converted.row]))).rows[0]!.hash).toBe(before);
  });

  test('says what a shape cannot hold', async () => {
    const call = assistant('', { tool_calls: [{ type: 'function', function: { name: 'f', arguments: {} } }] });
    const tools = { messages: [user('a'), call, { role: 'tool', content: '7' }, assistant('b')], tools: [{ name: 'f' }] };
    const sharegpt = await convert(tools, 'sharegpt');
    expect(sharegpt.row.conversations).toEqual([
      { from: 'human', value: 'a' },
      { from: 'function_call', value: '{"name":"f","arguments":{}}' },
      { from: 'observation', value: '7' },
      { from: 'gpt', value: 'b' },
    ]);
    await expect(convert(tools, 'alpaca')).rejects.toMatchObject({ code: 'FETTLE_DATA_FORMAT' });
    const weighted = { messages: [user('a'), assistant('b', { weight: 0 }), user('c'), assistant('d')] };
    expect((await convert(weighted, 'alpaca')).lost).toEqual(['which answers are not trained (weight 0)']);
    expect((await convert(weighted, 'prompt-completion')).lost).toEqual([]);
    expect((await convert(weighted, 'messages')).row).toEqual(weighted);
  });

  test('ChatML in a text becomes turns', async () => {
    const text = '<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n';
    expect((await convert({ text }, 'messages')).row).toEqual({
      messages: [{ role: 'system', content: 'Be kind.' }, user('Hi'), assistant('Hello.')],
    });
    await expect(convert({ text: `${text} and more` }, 'messages')).rejects.toMatchObject({ code: 'FETTLE_DATA_FORMAT' });
  });

  test('segments become a prompt and a completion where they are one', async () => {
    const segments = [
      { label: false, text: 'Q: a\nA:' },
      { label: true, text: ' b' },
      { label: true, text: '</s>' },
    ];
    expect((await convert({ segments }, 'prompt-completion')).row).toEqual({ prompt: 'Q: a\nA:', completion: ' b</s>' });
    await expect(convert({ segments: [...segments, { label: false, text: 'c' }] }, 'prompt-completion')).rejects.toMatchObject({
      code: 'FETTLE_DATA_FORMAT',
    });
    await expect(convert({ segments }, 'messages')).rejects.toMatchObject({ code: 'FETTLE_DATA_FORMAT' });
  });

  test.each([
    [
      { prompt: 'q', chosen: 'good', rejected: 'bad' },
      { prompt: 'q', completion: 'good' },
    ],
    [
      { prompt: [user('q')], chosen: [user('q'), assistant('good')], rejected: [] },
      { prompt: [user('q')], completion: [assistant('good')] },
    ],
    [{ chosen: [user('q'), assistant('good')], rejected: [] }, { messages: [user('q'), assistant('good')] }],
    [
      { instruction: 'q', input: 'x', chosen: 'good', rejected: 'bad' },
      { instruction: 'q', input: 'x', output: 'good' },
    ],
    [
      { conversations: [{ from: 'human', value: 'q' }], chosen: { from: 'gpt', value: 'good' }, rejected: {} },
      {
        conversations: [
          { from: 'human', value: 'q' },
          { from: 'gpt', value: 'good' },
        ],
      },
    ],
    [
      { input: { messages: [user('q')] }, preferred_output: [assistant('good')], non_preferred_output: [] },
      { prompt: [user('q')], completion: [assistant('good')] },
    ],
    [{ prompt: 'q', completion: 'good' }, undefined],
  ])('the chosen answer of a preference pair: %j', (row, chosen) => expect(chosenOf(row)).toEqual(chosen));

  test('text and tokens rows have no turns', async () => {
    await expect(convert({ text: 'a' }, 'messages')).rejects.toMatchObject({ code: 'FETTLE_DATA_FORMAT' });
    await expect(convert({ input_ids: [1, 2], labels: [1, 2] }, 'alpaca')).rejects.toMatchObject({ code: 'FETTLE_DATA_FORMAT' });
  });
});
