import { expect, test } from 'vitest';
import { Chat } from '../../src/eval/chat.ts';
import { compare } from '../../src/eval/compare.ts';
import { complete, type GenerateOptions, generate } from '../../src/eval/generate.ts';
import { generateAll } from '../../src/eval/generate-all.ts';
import { StopStrings } from '../../src/eval/stop-strings.ts';
import { StreamDecoder } from '../../src/eval/stream-decoder.ts';
import { peftWriter } from '../../src/export/peft-writer.ts';
import type { LoadedModel } from '../../src/model/load.ts';
import { saveParameters } from '../../src/train/trainable-file.ts';
import { byteTokenizer } from '../tokenizer/byte-tokenizer.ts';
import { FakeNative } from '../train/fake-native.ts';
import { temporaryFolder } from '../train/temporary-folder.ts';
import { scriptedModel } from './scripted-model.ts';

const tricky = 'Grüße, 世界! 👩‍👩‍👧‍👦 e\u0301  \n\tend';

async function pieces(model: LoadedModel, options: GenerateOptions): Promise<string[]> {
  const texts: string[] = [];
  for await (const { text } of generate(model, options)) texts.push(text);
  return texts;
}

test('text comes in whole characters and adds up to the answer', async () => {
  const { model, native } = scriptedModel(tricky);
  const texts = await pieces(model, { prompt: 'hi' });
  expect(texts.join('')).toBe(tricky);
  for (const text of texts) expect(text).not.toContain('\uFFFD');
  expect(texts.filter((text) => text !== '').length).toBeGreaterThan(20);
  expect(native.freed).toBe(1);
});

test('a prompt is rendered as in training; raw is taken as it is', async () => {
  const { model, native } = scriptedModel('x');
  await pieces(model, { prompt: 'hi' });
  await pieces(model, { prompt: 'hi', raw: true });
  await pieces(model, {
    turns: [
      { role: 'system', content: 'be kind' },
      { role: 'user', content: 'hi' },
    ],
  });
  expect(native.prompts).toEqual(['user: hi<end>assistant: ', 'hi', 'system: be kind<end>user: hi<end>assistant: ']);
});

test('it ends at a stop token, at max_tokens, at the positions, or at a stop text', async () => {
  const { model } = scriptedModel('one two three');
  expect(await complete(model, { prompt: 'hi' })).toEqual({ finish_reason: 'stop', prompt_tokens: 20, tokens: 13, text: 'one two three' });
  expect(await complete(model, { prompt: 'hi', max_tokens: 5 })).toMatchObject({ finish_reason: 'length', tokens: 5, text: 'one t' });
  expect(await complete(model, { prompt: 'hi', stop: [' th', 'zzz'] })).toMatchObject({ finish_reason: 'stop', text: 'one two' });
  expect(await complete(model, { prompt: 'x'.repeat(195), raw: true })).toMatchObject({ finish_reason: 'length', tokens: 5 });
  expect(await complete(model, { prompt: 'hi', ignore_eos: true, max_tokens: 20 })).toMatchObject({ finish_reason: 'length', tokens: 20 });
});

test('a cut character shows as replacement characters at the end, and only there', async () => {
  const { model } = scriptedModel('ab👋');
  expect((await complete(model, { prompt: 'hi', max_tokens: 4 })).text).toBe('ab\uFFFD');
});

test('sampling settings reach the engine; the default is greedy', async () => {
  const { model, native } = scriptedModel('x');
  await complete(model, { prompt: 'hi' });
  await complete(model, { prompt: 'hi', sampling: { temperature: 0.7, seed: 9 } });
  expect(native.samplings).toEqual([
    { temperature: 0, top_k: 0, top_p: 1, seed: 0 },
    { temperature: 0.7, top_k: 0, top_p: 1, seed: 9 },
  ]);
});

test('a signal ends the answer between tokens', async () => {
  const { model, native } = scriptedModel('abcdefgh');
  const controller = new AbortController();
  const stream = generate(model, { prompt: 'hi', signal: controller.signal });
  await stream.next();
  controller.abort();
  expect(await stream.next()).toMatchObject({ done: true, value: { finish_reason: 'abort', text: 'a' } });
  expect(native.freed).toBe(1);
});

test.each<[string, GenerateOptions, string]>([
  ['nothing to go on with', {}, 'FETTLE_INVALID_ARGUMENT'],
  ['prompt and turns', { prompt: 'a', turns: [] }, 'FETTLE_INVALID_ARGUMENT'],
  ['raw turns', { turns: [{ role: 'user', content: 'a' }], raw: true }, 'FETTLE_INVALID_ARGUMENT'],
  ['an empty raw prompt', { prompt: '', raw: true }, 'FETTLE_INVALID_ARGUMENT'],
  ['a prompt longer than the model', { prompt: 'x'.repeat(200), raw: true }, 'FETTLE_INVALID_ARGUMENT'],
  ['an adapter that is not there', { prompt: 'a', adapter: 'nowhere' }, 'FETTLE_FILE_NOT_FOUND'],
])('%s is an error', async (_, options, code) => {
  const { model } = scriptedModel('x');
  await expect(complete(model, options)).rejects.toMatchObject({ code });
});

async function adapterFolder(): Promise<string> {
  const native = new FakeNative();
  const lora = { r: 2, lora_alpha: 4, lora_dropout: 0, use_rslora: false, target_modules: ['q_proj'] };
  native.addLora({ ...lora, seed: 3 });
  await native.writeTrainables('param', new Float32Array(native.trainableSize).fill(1));
  const origin = {
    base: { name: 'scripted', hash: 'h' },
    quantization: 'none',
    compute_dtype: 'f32',
    tokenizer_hash: null,
    chat_template_hash: null,
  } as const;
  const writer = peftWriter({ lora, base_model: 'scripted', origin, settings: {} });
  const path = temporaryFolder();
  await writer.write(path, { step: 1, eval_loss: null }, (file) => saveParameters(native, file, writer.nameInFile));
  return path;
}

test('an adapter is on for its own call only', async () => {
  const { model } = scriptedModel('base', 'tuned');
  const adapter = await adapterFolder();
  expect((await complete(model, { prompt: 'hi', adapter })).text).toBe('tuned');
  expect((await complete(model, { prompt: 'hi' })).text).toBe('base');
});

test('compare answers each prompt with and without the adapter, all at once', async () => {
  const { model, native } = scriptedModel('base', 'tuned');
  const rows = [];
  for await (const row of compare(model, { adapter: await adapterFolder(), prompts: ['a', [{ role: 'user', content: 'b' }]] }))
    rows.push(row);
  expect(rows.map(({ base, tuned }) => [base.text, tuned.text])).toEqual([
    ['base', 'tuned'],
    ['base', 'tuned'],
  ]);
  expect(native.prompts).toEqual([
    'user: a<end>assistant: ',
    'user: a<end>assistant: ',
    'user: b<end>assistant: ',
    'user: b<end>assistant: ',
  ]);
  expect(native.steps).toEqual([4, 4, 4, 4, 4, 2]);
  expect(native.trainables()).toEqual([]);
  expect(native.kept).toBe(0);
});

test('many prompts: one begins as another ends, at most so many together', async () => {
  const { model, native } = scriptedModel('abcdef');
  const limits = [2, 6, 1, 3];
  const ends = [];
  for await (const { index, end } of generateAll(
    model,
    limits.map((max_tokens) => ({ prompt: 'hi', max_tokens })),
    { together: 2 },
  ))
    ends.push([index, end.text]);
  expect(ends).toEqual([
    [0, 'ab'],
    [2, 'a'],
    [1, 'abcdef'],
    [3, 'abc'],
  ]);
  expect(native.steps).toEqual([2, 2, 2, 2, 2, 2]);
  expect(native.freed).toBe(1);
});

test('a signal ends all of many answers, those that have not begun too', async () => {
  const { model } = scriptedModel('abcdef');
  const controller = new AbortController();
  const requests = [1, 6, 6].map((max_tokens) => ({ prompt: 'hi', max_tokens }));
  const ends = [];
  for await (const { index, end } of generateAll(model, requests, { together: 2, signal: controller.signal })) {
    ends.push([index, end.finish_reason, end.text]);
    controller.abort();
  }
  expect(ends).toEqual([
    [0, 'length', 'a'],
    [1, 'abort', 'a'],
    [2, 'abort', ''],
  ]);
});

test('a chat remembers its turns until it is cleared', async () => {
  const { model, native } = scriptedModel('fine');
  const chat = new Chat(model, { system: 'be kind' });
  for (const message of ['a', 'b']) for await (const _ of chat.send(message));
  expect(native.prompts.at(-1)).toBe('system: be kind<end>user: a<end>assistant: fine<end>user: b<end>assistant: ');
  chat.clear();
  expect(chat.turns).toEqual([{ role: 'system', content: 'be kind' }]);
});

test('decoding piece by piece gives the text of all tokens at once, whatever the bytes', () => {
  const tokenizer = byteTokenizer(['<end>'], { eosToken: '<end>' });
  for (let seed = 0; seed < 200; seed++) {
    const bytes = Array.from({ length: 30 }, (_, i) => ((seed * 31 + i * i * 17 + i * seed) >> 2) % 256);
    const ids = [...tokenizer.encode(tricky).ids.slice(seed % 20), ...bytes];
    const decoder = new StreamDecoder(tokenizer);
    const streamed = ids.map((id) => decoder.push(id)).join('') + decoder.end();
    expect(streamed).toBe(tokenizer.decode(ids));
  }
});

test.each([
  [['stop'], ['a s', 'to', 'p b'], 'a '],
  [['stop'], ['a s', 'to', 'ck'], 'a stock'],
  [['ab', 'b'], ['xa', 'b'], 'x'],
  [['aab'], ['aa', 'ab', 'c'], 'a'],
  [[''], ['abc'], 'abc'],
])('stop texts %j in %j leave %j', (stops, parts, shown) => {
  const stream = new StopStrings(stops);
  expect(parts.map((part) => stream.push(part)).join('') + stream.end()).toBe(shown);
});
