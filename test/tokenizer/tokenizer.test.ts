import { describe, expect, test } from 'vitest';
import { FettleError } from '../../src/errors.ts';
import { Tokenizer } from '../../src/model/tokenizer/tokenizer.ts';
import { byteCount, byteTokenizer, byteTokenizerJson } from './byte-tokenizer.ts';

const pieces = (tokenizer: Tokenizer, text: string) => tokenizer.encode(text).offsets.map(([from, to]) => text.slice(from, to));

describe('offsets are UTF-16 positions of the text given', () => {
  const tokenizer = byteTokenizer(['<s>']);

  test('an emoji of four bytes is two code units, the same range for each of its tokens', () => {
    expect(tokenizer.encode('a😀b').offsets).toEqual([
      [0, 1],
      [1, 3],
      [1, 3],
      [1, 3],
      [1, 3],
      [3, 4],
    ]);
  });

  test('a special token behind an emoji', () => {
    expect(tokenizer.encode('😀<s>').offsets.at(-1)).toEqual([2, 5]);
  });

  test('a lone surrogate is one code unit', () => {
    const { offsets } = tokenizer.encode('x\ud800y😀');
    expect(offsets[1]).toEqual([1, 2]);
    expect(offsets[4]).toEqual([2, 3]);
    expect(offsets.at(-1)).toEqual([3, 5]);
  });

  test('a normalizer that joins characters points back at the text before it', () => {
    const nfc = byteTokenizer([], {}, { normalizer: { type: 'NFC' } });
    expect(nfc.encode('e\u0301x').offsets).toEqual([
      [0, 1],
      [0, 1],
      [2, 3],
    ]);
    const lower = byteTokenizer([], {}, { normalizer: { type: 'Lowercase' } });
    expect(lower.encode('İa').offsets.at(-1)).toEqual([1, 2]);
  });

  test('white space belongs to its token although the file asks to trim it', () => {
    expect(pieces(tokenizer, 'a b').join('')).toBe('a b');
    expect(tokenizer.encode(' \n').offsets).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });
});

describe('added-token rules', () => {
  const rule = (rules: Record<string, unknown>, text: string) => {
    const tokenizer = byteTokenizer([{ content: 'TOK', ...rules }]);
    return pieces(tokenizer, text).filter((_, i) => tokenizer.encode(text).ids[i] === byteCount);
  };

  test('plain: wherever it stands', () => expect(rule({}, 'xTOK TOK.')).toEqual(['TOK', 'TOK']));
  test('single_word: not inside a word', () => expect(rule({ single_word: true }, 'xTOK TOKy TOK, TOK')).toEqual(['TOK', 'TOK']));
  test('lstrip', () => expect(rule({ lstrip: true }, 'a \n TOK b')).toEqual([' \n TOK']));
  test('rstrip', () => expect(rule({ rstrip: true }, 'a TOK \n b')).toEqual(['TOK \n ']));

  test('normalized: matches the normalized text; else the text as given', () => {
    const build = (normalized: boolean) =>
      byteTokenizer([{ content: 'tok', normalized, special: false }], {}, { normalizer: { type: 'Lowercase' } });
    expect(
      build(true)
        .encode('TOK tok')
        .ids.filter((id) => id === byteCount),
    ).toHaveLength(2);
    expect(
      build(false)
        .encode('TOK tok')
        .ids.filter((id) => id === byteCount),
    ).toHaveLength(1);
  });

  test('special: left out by decode when asked', () => {
    const tokenizer = byteTokenizer(['<s>', { content: '<tool>', special: false }]);
    const { ids } = tokenizer.encode('<s>a<tool>');
    expect(tokenizer.decode(ids)).toBe('<s>a<tool>');
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe('a<tool>');
    expect([...tokenizer.specialIds]).toEqual([byteCount]);
  });

  test('other rules for a known token (added_tokens_decoder) win', () => {
    const rules = { single_word: false, lstrip: true, rstrip: false, normalized: false, special: true };
    const tokenizer = byteTokenizer(['<s>'], { addedTokens: [{ id: byteCount, content: '<s>', ...rules }] });
    expect(tokenizer.encode('  <s>').ids).toEqual([byteCount]);
  });
});

describe('BOS and EOS', () => {
  const roles = { bosToken: '<s>', eosToken: '</s>' };
  const ids = (options: object) => byteTokenizer(['<s>', '</s>'], { ...roles, ...options }).encode('', { addSpecialTokens: true }).ids;

  test('as the post-processor says when nothing is stated', () => expect(ids({})).toEqual([]));
  test('stated', () => {
    expect(ids({ addBosToken: true })).toEqual([byteCount]);
    expect(ids({ addBosToken: true, addEosToken: true })).toEqual([byteCount, byteCount + 1]);
    expect(ids({ addBosToken: false })).toEqual([]);
  });
  test('an added BOS has an empty range', () => {
    const tokenizer = byteTokenizer(['<s>'], { bosToken: '<s>', addBosToken: true });
    expect(tokenizer.encode('a', { addSpecialTokens: true })).toEqual({
      ids: [byteCount, expect.any(Number)],
      tokens: ['<s>', 'a'],
      offsets: [
        [0, 0],
        [0, 1],
      ],
    });
    expect(tokenizer.addBosToken).toBe(true);
    expect(byteTokenizer(['<s>'], { bosToken: '<s>' }).addBosToken).toBe(false);
  });
});

test('truncation, padding and BPE dropout of the file are off', () => {
  const model = { ...JSON.parse(byteTokenizerJson([])).model, dropout: 0.9 };
  const truncation = { direction: 'Right', max_length: 2, strategy: 'LongestFirst', stride: 0 };
  const padding = { strategy: { Fixed: 9 }, direction: 'Right', pad_to_multiple_of: null, pad_id: 0, pad_type_id: 0, pad_token: '!' };
  expect(byteTokenizer([], {}, { model, truncation, padding }).encode('abcd').ids).toHaveLength(4);
});

test('a token spelled __proto__ is a token like any other', () => {
  const json = byteTokenizerJson([]).replace('"vocab":{', '"vocab":{"__proto__":256,');
  expect(Tokenizer.fromJson(json).tokenToId('__proto__')).toBe(256);
  expect(Tokenizer.fromJson(json).vocabSize).toBe(257);
});

test('the hash follows whatever changes ids', () => {
  const hashes = [
    byteTokenizer(['<s>']),
    byteTokenizer(['<t>']),
    byteTokenizer(['<s>'], { bosToken: '<s>' }),
    byteTokenizer([{ content: '<s>', lstrip: true }]),
  ];
  expect(new Set(hashes.map((one) => one.hash)).size).toBe(4);
  expect(byteTokenizer(['<s>']).hash).toBe(byteTokenizer(['<s>']).hash);
});

test('ids beyond the vocabulary decode to nothing; what is no id is refused', () => {
  const tokenizer = byteTokenizer([]);
  expect(tokenizer.decode([...tokenizer.encode('hi').ids, 5000])).toBe('hi');
  for (const id of [-1, 1.5, Number.NaN])
    expect(() => tokenizer.decode([id])).toThrow(expect.objectContaining({ code: 'FETTLE_INVALID_ARGUMENT' }));
});

describe('what is no tokenizer is FETTLE_TOKENIZER and names the place', () => {
  const bad: [string, string, RegExp][] = [
    ['not JSON', '{"model":', /my.json should be JSON/],
    ['a list', '[]', /tokenizer.json/],
    ['no model', '{"added_tokens": []}', /model/],
    ['a vocabulary of strings', '{"model":{"type":"BPE","vocab":{"a":"b"},"merges":[]}}', /model.vocab/],
    ['negative ids', '{"model":{"type":"BPE","vocab":{"a":-1},"merges":[]}}', /model.vocab/],
    ['a merge of unknown pieces', '{"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}}', /out of vocabulary/],
    ['an unknown model type', '{"model":{"type":"LLM","vocab":{"a":0}}}', /my.json/],
    ['an added token with a wrong id', byteTokenizerJson([{ content: '<s>', id: 7 }]), /has id 7, but.*256/],
    ['an added token without content', byteTokenizerJson([{ content: '' }]), /added_tokens.0.content/],
  ];
  test.each(bad)('%s', (_, json, message) => {
    const build = () => Tokenizer.fromJson(json, { file: 'my.json' });
    expect(build).toThrow(message);
    expect(build).toThrow(expect.objectContaining({ code: 'FETTLE_TOKENIZER' }));
  });

  test('mutated files never do anything else', () => {
    const json = byteTokenizerJson(['<s>', '</s>']);
    let seed = 1;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const rounds = process.env.FETTLE_SLOW === '1' ? 100_000 : 1000;
    for (let round = 0; round < rounds; round++) {
      const at = random(json.length);
      const mutated = json.slice(0, at) + ['', '"', '}', '0', '-', 'null', ','][random(7)] + json.slice(at + random(4));
      try {
        Tokenizer.fromJson(mutated).encode('a <s>');
      } catch (error) {
        if (!(error instanceof FettleError) || error.code !== 'FETTLE_TOKENIZER')
          throw new Error(`round ${round}: ${error}`, { cause: error });
      }
    }
  }, 900_000);
});
