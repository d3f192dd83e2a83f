import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endOfTurnIds } from '../../src/model/tokenizer/end-of-turn.ts';
import { loadTokenizerFromFolder } from '../../src/model/tokenizer/from-folder.ts';

const scripts = new URL('../../scripts/tiny-model', import.meta.url).pathname;
const script = (name: string, ...args: string[]) => execFileSync(process.execPath, [join(scripts, name), ...args]);
const readRows = (file: string) => readFileSync(file, 'utf8');

let folder: string;
let corpus: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-tiny-'));
  corpus = join(folder, 'corpus');
  script('make-corpus.mjs', corpus, '--documents', '800');
});
afterAll(() => rmSync(folder, { recursive: true }));

test('the seed decides every letter', () => {
  const again = join(folder, 'again');
  const other = join(folder, 'other');
  script('make-corpus.mjs', again, '--documents', '800');
  script('make-corpus.mjs', other, '--documents', '800', '--seed', '7');
  expect(readRows(join(again, 'train.jsonl'))).toBe(readRows(join(corpus, 'train.jsonl')));
  expect(readRows(join(other, 'train.jsonl'))).not.toBe(readRows(join(corpus, 'train.jsonl')));
});

test('no template is left open, and chats are whole', () => {
  const text = readRows(join(corpus, 'train.jsonl'));
  expect(text.match(/\{\w+\}|[[\]]|\b[aA]\(n\)| {2}|\ba [aeio]/g)).toBeNull();
  expect(text.split('<|im_start|>').length).toBe(text.split('<|im_end|>').length);
});

test('the tokenizer has the vocabulary asked for, takes every text back, and ends turns with <|im_end|>', async () => {
  const out = join(folder, 'tokenizer');
  script('train-tokenizer.mjs', corpus, out, '--vocab', '600');
  const { tokenizer, chatTemplate } = await loadTokenizerFromFolder(out);
  expect(tokenizer!.vocabSize).toBe(600);
  for (const text of ['In 2024, 10 cats.\n\n  "Ünïcode" 😀', '<|im_start|>user\nhi<|im_end|>']) {
    expect(tokenizer!.decode(tokenizer!.encode(text).ids)).toBe(text);
  }
  expect(endOfTurnIds(tokenizer!, chatTemplate!)).toEqual([tokenizer!.tokenToId('<|im_end|>')]);
  expect(tokenizer!.tokenToId('<|im_end|>')).toBe(2);
});
