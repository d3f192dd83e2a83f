import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FettleError } from '../../src/errors.ts';
import { loadTokenizerFromFolder } from '../../src/model/tokenizer/from-folder.ts';
import { byteCount, byteTokenizerJson } from './byte-tokenizer.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-tokenizer-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: Record<string, unknown>): void {
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
}
const tokenizerJson = byteTokenizerJson(['<s>', '</s>', '<pad>']);
const turns = [{ role: 'user' as const, content: 'q' }];
const plain = { addGenerationPrompt: false };

test('special tokens as text or as objects; tokenizer_config.json wins over special_tokens_map.json', async () => {
  write({
    'tokenizer.json': tokenizerJson,
    'tokenizer_config.json': { bos_token: { content: '<s>', lstrip: false }, eos_token: '</s>', unk_token: null, add_bos_token: true },
    'special_tokens_map.json': { eos_token: '<pad>', pad_token: { content: '<pad>' } },
  });
  const { tokenizer } = await loadTokenizerFromFolder(folder);
  expect(tokenizer).toMatchObject({ bosId: byteCount, eosId: byteCount + 1, padId: byteCount + 2, unkId: undefined, addBosToken: true });
});

test('added_tokens_decoder adds its tokens and rules', async () => {
  const decoder = {
    [byteCount + 2]: { content: '<pad>', rstrip: true, special: true },
    [byteCount + 3]: { content: '<new>', special: false },
  };
  write({ 'tokenizer.json': tokenizerJson, 'tokenizer_config.json': { added_tokens_decoder: decoder } });
  const { tokenizer } = await loadTokenizerFromFolder(folder);
  expect(tokenizer!.encode('<pad>  <new>').ids).toEqual([byteCount + 2, byteCount + 3]);
});

test('chat_template.jinja comes before the one in tokenizer_config.json, and sees the special tokens', async () => {
  write({ 'tokenizer.json': tokenizerJson, 'tokenizer_config.json': { bos_token: '<s>', chat_template: 'config' } });
  expect((await loadTokenizerFromFolder(folder)).chatTemplate!.render(turns, plain)).toBe('config');
  write({ 'chat_template.jinja': '{{ bos_token }}file' });
  expect((await loadTokenizerFromFolder(folder)).chatTemplate!.render(turns, plain)).toBe('<s>file');
});

test('a list of named templates: default, and tool_use for tools', async () => {
  const chat_template = [
    { name: 'default', template: 'D' },
    { name: 'tool_use', template: 'T' },
  ];
  write({ 'tokenizer.json': tokenizerJson, 'tokenizer_config.json': { chat_template } });
  const { chatTemplate } = await loadTokenizerFromFolder(folder);
  expect(chatTemplate!.render(turns, plain)).toBe('D');
  expect(chatTemplate!.render(turns, { ...plain, tools: [{}] })).toBe('T');
  write({ 'tokenizer_config.json': { chat_template: [chat_template[1], { name: 'rag', template: 'R' }] } });
  await expect(loadTokenizerFromFolder(folder)).rejects.toThrow(/none named 'default': tool_use, rag/);
});

test('no tokenizer.json: no tokenizer, and no error', async () => {
  expect(await loadTokenizerFromFolder(folder)).toEqual({ tokenizer: null, chatTemplate: null });
});

test('a byte-order mark is no error', async () => {
  write({ 'tokenizer.json': `\ufeff${tokenizerJson}`, 'tokenizer_config.json': '\ufeff{"eos_token":"</s>"}' });
  expect((await loadTokenizerFromFolder(folder)).tokenizer!.eosId).toBe(byteCount + 1);
});

test('every wrong file and field is named at once', async () => {
  write({
    'tokenizer.json': tokenizerJson,
    'tokenizer_config.json': { eos_token: 5, add_bos_token: 'yes', added_tokens_decoder: { 1: { content: '' } } },
    'special_tokens_map.json': '{"eos_token":',
  });
  const error: FettleError = await loadTokenizerFromFolder(folder).then(
    () => expect.unreachable(),
    (e) => e,
  );
  expect(error).toBeInstanceOf(FettleError);
  expect(error.code).toBe('FETTLE_TOKENIZER');
  expect(error.problems.map((p) => [p.file!.slice(folder.length + 1), p.field])).toEqual([
    ['tokenizer_config.json', 'eos_token'],
    ['tokenizer_config.json', 'add_bos_token'],
    ['tokenizer_config.json', 'added_tokens_decoder.1.content'],
    ['special_tokens_map.json', undefined],
  ]);
});
