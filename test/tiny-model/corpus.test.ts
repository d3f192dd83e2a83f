import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

test('a dictionary adds questions about words, and leaves out what is ugly', () => {
  const wordnet = join(folder, 'wordnet');
  mkdirSync(wordnet);
  const parts = {
    noun: {
      index: ['  1 a licence line', 'kettle n 1 1 @ 1 1 00000001', 'slur n 1 1 @ 1 1 00000002', 'thing n 1 0 @ 1 0 00000003'],
      data: [
        '00000001 06 n 01 kettle 0 001 @ 00000009 n 0000 | a pot for boiling water; "the kettle was whistling"',
        '00000002 10 n 01 slur 0 001 @ 00000009 n 0000 | an offensive word for somebody; "he used a slur"',
        '00000003 03 n 01 thing 0 001 @ 00000009 n 0000 | a sense that nobody was met using',
      ],
    },
    verb: {
      index: ['boil v 1 1 @ 1 1 00000004'],
      data: ['00000004 30 v 01 boil 0 001 @ 00000009 v 0000 | come to a temperature; "water boils here"'],
    },
    adj: { index: [], data: [] },
    adv: { index: [], data: [] },
  };
  for (const [part, { index, data }] of Object.entries(parts)) {
    writeFileSync(join(wordnet, `index.${part}`), index.map((line) => `${line}\n`).join(''));
    writeFileSync(join(wordnet, `data.${part}`), data.map((line) => `${line}\n`).join(''));
  }
  const out = join(folder, 'with-dictionary');
  script('make-corpus.mjs', out, '--documents', '20', '--wordnet', wordnet);
  const text = ['train.jsonl', 'validation.jsonl'].map((name) => readRows(join(out, name))).join('');
  expect(text).toMatch(/A kettle is a pot for boiling water\.|The kettle was whistling\./);
  expect(text).toMatch(/To boil means to come to a temperature\.|Water boils here\./);
  expect(text).not.toMatch(/slur|nobody was met/);
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
