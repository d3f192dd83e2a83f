import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { useFolder } from './folder.ts';
import { runCli } from './run-cli.ts';
import { smallModel } from './small-model.ts';

const folder = useFolder();

interface Expected {
  strings: { text: string; ids: number[]; tokens: string[] }[];
  conversations: { messages: object[]; add_generation_prompt: boolean; text: string; ids: number[] }[];
}
const expected = JSON.parse(readFileSync(new URL('../fixtures/tokenizer/small/expected.json', import.meta.url), 'utf8')) as Expected;
const objects = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { text: string; ids: number[]; tokens: string[] });

test('--file gives the ids of transformers, a line for each line', () => {
  const file = folder.write('texts.jsonl', expected.strings.map(({ text }) => `${JSON.stringify(text)}\r\n`).join(''));
  const { code, stdout } = runCli(['tokenize', '--model', smallModel, '--file', file, '--json']);
  expect(code).toBe(0);
  expect(objects(stdout)).toEqual(expected.strings.map(({ text, ids, tokens }) => ({ text, ids, tokens })));
});

test('--messages renders as transformers does', () => {
  for (const withPrompt of [true, false]) {
    const conversations = expected.conversations.filter(({ add_generation_prompt }) => add_generation_prompt === withPrompt);
    const file = folder.write('chats.jsonl', conversations.map(({ messages }) => `${JSON.stringify({ messages })}\n`).join(''));
    const args = ['tokenize', '--model', smallModel, '--messages', file, '--json', ...(withPrompt ? ['--add-generation-prompt'] : [])];
    const found = objects(runCli(args).stdout);
    expect(found.map(({ text, ids }) => ({ text, ids }))).toEqual(conversations.map(({ text, ids }) => ({ text, ids })));
  }
});

test('one conversation as a JSON array', () => {
  const file = folder.write('chat.json', '[\n  {"role": "user", "content": "Hi"}\n]\n');
  const [found] = objects(runCli(['tokenize', '--model', smallModel, '--messages', file, '--json']).stdout);
  expect(found?.text).toContain('Hi');
});

test('without --json shows ids beside tokens', () => {
  expect(runCli(['tokenize', '--model', smallModel, '--text', 'Hi 12']).stdout).toBe(
    ' 42  "H"\n 75  "i"\n223  "Ġ"\n 19  "1"\n 20  "2"\n5 tokens\n',
  );
});

test('bad lines are all named, with exit code 2', () => {
  const file = folder.write('bad.jsonl', '"good"\nplain\n{"a": 1}\n');
  const { code, stdout, stderr } = runCli(['tokenize', '--model', smallModel, '--file', file]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('FETTLE_DATA');
  expect(stderr).toMatch(/bad\.jsonl:2 .*plain/);
  expect(stderr).toMatch(/bad\.jsonl:3 .*JSON string/);
});

test.each([
  [['--text', 'a', '--file', 'b'], 'FETTLE_USAGE'],
  [[], 'FETTLE_USAGE'],
  [['--file', 'nowhere.jsonl'], 'FETTLE_FILE_NOT_FOUND'],
])('%j is refused', (args, code) => {
  const result = runCli(['tokenize', '--model', smallModel, ...args], { cwd: folder.path });
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(code);
});
