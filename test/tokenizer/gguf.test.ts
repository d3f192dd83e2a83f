import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { FettleError } from '../../src/errors.ts';
import { readGguf } from '../../src/model/gguf.ts';
import { endOfTurnIds } from '../../src/model/tokenizer/end-of-turn.ts';
import { tokenizerFromGguf } from '../../src/model/tokenizer/from-gguf.ts';
import type { Expected } from './expected.ts';

const fixture = (name: string) => JSON.parse(readFileSync(new URL(`../fixtures/tokenizer/${name}`, import.meta.url), 'utf8'));

interface SentencePieceCase {
  metadata: Record<string, unknown>;
  strings: { text: string; ids: number[]; decoded: string }[];
}

describe.each(Object.entries(fixture('sentencepiece.json') as Record<string, SentencePieceCase>))(
  'as SentencePiece encodes: %s',
  (_, one) => {
    const tokenizer = tokenizerFromGguf(one.metadata).tokenizer!;

    test.each(one.strings)('$text', ({ text, ids, decoded }) => {
      expect(tokenizer.encode(text).ids).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(decoded);
    });
  },
);

describe('byte-level BPE', () => {
  const json = fixture('small/tokenizer.json');
  const vocab: [string, number][] = Object.entries(json.model.vocab);
  const tokens = vocab.sort(([, a], [, b]) => a - b).map(([token]) => token);
  const special = new Set(json.added_tokens.map((token: { id: number }) => token.id));
  const metadata = {
    'tokenizer.ggml.model': 'gpt2',
    'tokenizer.ggml.pre': 'smollm',
    'tokenizer.ggml.tokens': tokens,
    'tokenizer.ggml.token_type': tokens.map((_, id) => (special.has(id) ? 3 : 1)),
    'tokenizer.ggml.merges': json.model.merges.map((merge: string | string[]) => (Array.isArray(merge) ? merge.join(' ') : merge)),
    'tokenizer.ggml.bos_token_id': 1,
    'tokenizer.ggml.eos_token_id': 2,
  };
  const expected: Expected = fixture('small/expected.json');

  test.each(expected.strings)('small: $text', ({ text, ids }) => {
    expect(tokenizerFromGguf(metadata).tokenizer!.encode(text).ids).toEqual(ids);
  });

  test('add_bos_token and add_eos_token put them around a text only when asked for special tokens', () => {
    const added = { ...metadata, 'tokenizer.ggml.add_bos_token': true, 'tokenizer.ggml.add_eos_token': true };
    const tokenizer = tokenizerFromGguf(added).tokenizer!;
    const plain = tokenizer.encode('hello').ids;
    expect(tokenizer.encode('hello', { addSpecialTokens: true }).ids).toEqual([1, ...plain, 2]);
    expect(tokenizer.addBosToken).toBe(true);
    expect(tokenizerFromGguf(metadata).tokenizer!.addBosToken).toBe(false);
  });

  test.each([
    ['llama-bpe', "I'LL pay 12345!", ['I', "'LL", ' pay', ' ', '123', '45', '!']],
    ['qwen2', "I'LL pay 12345!", ['I', "'LL", ' pay', ' ', '1', '2', '3', '4', '5', '!']],
    ['gpt-2', "I'LL pay 12345!", ['I', "'", 'LL', ' pay', ' 12345', '!']],
    ['smollm', "I'LL pay 12345!", ['I', "'", 'LL', ' pay', ' ', '1', '2', '3', '4', '5', '!']],
    ['tekken', "isn't HTMLParser 12", ['isn', "'t", ' HTMLParser', ' ', '1', '2']],
    ['gpt-4o', "isn't HTMLParser 1234", ["isn't", ' HTMLParser', ' ', '123', '4']],
  ])('%s splits %s', (pre, text, words) => {
    // A vocabulary where every merge is possible inside a word shows where words end.
    const bytes = [...new Set(text.replaceAll(' ', 'Ġ'))];
    const pieces = new Set(words.flatMap((word) => [...word.replaceAll(' ', 'Ġ')].map((_, i, chars) => chars.slice(0, i + 1).join(''))));
    const wordPieces = [...new Set([...bytes, ...pieces])];
    const merges = wordPieces.filter((piece) => piece.length > 1).map((piece) => `${piece.slice(0, -1)} ${piece.slice(-1)}`);
    const tokenizer = tokenizerFromGguf({
      'tokenizer.ggml.model': 'gpt2',
      'tokenizer.ggml.pre': pre,
      'tokenizer.ggml.tokens': wordPieces,
      'tokenizer.ggml.merges': merges.sort((a, b) => b.length - a.length),
    }).tokenizer!;
    const { offsets } = tokenizer.encode(text);
    expect(offsets.map(([from, to]) => text.slice(from, to))).toEqual(words);
  });

  test('Phi-3 control tokens take the white space on their right', () => {
    const { tokenizer } = tokenizerFromGguf({ ...metadata, 'general.name': 'Phi-3 mini' });
    const end = tokenizer!.tokenToId('<|im_end|>')!;
    expect(tokenizer!.encode('<|im_end|>\n\n<|im_end|>').ids).toEqual([end, end]);
  });

  test('no tokenizer at all is no error', () => {
    expect(tokenizerFromGguf({ 'general.architecture': 'llama' })).toEqual({ tokenizer: null, chatTemplate: null });
  });

  test.each([
    ['an unknown pre-tokenizer lists the known ones', { 'tokenizer.ggml.pre': 'martian' }, /martian.*smollm/],
    ['an unknown model', { 'tokenizer.ggml.model': 'rwkv' }, /rwkv.*supported are gpt2, llama/],
    ['a token twice', { 'tokenizer.ggml.tokens': ['a', 'b', 'a'], 'tokenizer.ggml.token_type': undefined }, /already there as 0/],
    ['tokens that are no strings', { 'tokenizer.ggml.tokens': [1, 2] }, /array of strings/],
    ['no tokens', { 'tokenizer.ggml.tokens': [] }, /tokens/],
    ['an id outside the vocabulary', { 'tokenizer.ggml.eos_token_id': 500 }, /below 500/],
    ['types of another length', { 'tokenizer.ggml.token_type': [1] }, /500 numbers/],
    ['a merge of one piece', { 'tokenizer.ggml.merges': ['ab'] }, /two pieces/],
    ['a merge of unknown pieces', { 'tokenizer.ggml.merges': ['a ☃'] }, /☃/],
    ['no merges', { 'tokenizer.ggml.merges': undefined }, /merges/],
  ])('%s: FETTLE_TOKENIZER', (_, wrong, message) => {
    const build = () => tokenizerFromGguf({ ...metadata, ...wrong }, 'model.gguf');
    expect(build).toThrow(message);
    expect(build).toThrow(expect.objectContaining({ code: 'FETTLE_TOKENIZER' }));
  });

  test('every wrong key is named at once', () => {
    const wrong = {
      ...metadata,
      'tokenizer.ggml.pre': 'martian',
      'tokenizer.ggml.bos_token_id': -1,
      'tokenizer.ggml.add_bos_token': 'yes',
    };
    try {
      tokenizerFromGguf(wrong);
      expect.unreachable();
    } catch (error) {
      expect((error as FettleError).problems.map((p) => p.field)).toEqual([
        'tokenizer.ggml.bos_token_id',
        'tokenizer.ggml.pre',
        'tokenizer.ggml.add_bos_token',
      ]);
    }
  });
});

const realModel = new URL('../../../shared/models/smollm2-135m-instruct-q4_1.gguf', import.meta.url).pathname;

describe.skipIf(!existsSync(realModel))('SmolLM2-135M-Instruct from its GGUF (skipped where the file is missing)', () => {
  const expected: Expected = fixture('smollm2.json');
  const load = () => tokenizerFromGguf(readGguf(realModel).metadata, realModel);

  test('ids of all strings and conversations', () => {
    const { tokenizer, chatTemplate } = load();
    expect(tokenizer!.encodeBatch(expected.strings.map((one) => one.text)).map((one) => one.ids)).toEqual(
      expected.strings.map((one) => one.ids),
    );
    for (const { messages, add_generation_prompt, text, ids } of expected.conversations!) {
      const rendered = chatTemplate!.render(messages, { addGenerationPrompt: add_generation_prompt });
      expect(rendered).toBe(text);
      expect(tokenizer!.encode(rendered).ids).toEqual(ids);
    }
    expect(tokenizer!.encode('\n\n1').ids).toEqual([1116, 33]);
    expect(endOfTurnIds(tokenizer!, chatTemplate!)).toEqual([2]);
  });
});
