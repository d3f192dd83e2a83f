/** A small tokenizer with character offsets: special tokens whole, words with the blank before them, single other characters. */
import type { RowTokenizer } from '../../../src/data/encode-row.ts';

const specials = ['<unk>', '<s>', '</s>', '<|im_start|>', '<|im_end|>'];
const pattern = /<unk>|<s>|<\/s>|<\|im_start\|>|<\|im_end\|>| ?[\p{L}\p{N}]+|\s+|./gsu;

export interface FakeTokenizerOptions {
  addBosToken?: boolean;
  eos?: string;
}

/** Ids of words are given in the order in which they are first met. */
export function fakeTokenizer(options: FakeTokenizerOptions = {}): RowTokenizer {
  const vocabulary = [...specials];
  const idOf = (token: string) => {
    const known = vocabulary.indexOf(token);
    return known >= 0 ? known : vocabulary.push(token) - 1;
  };
  const encode: RowTokenizer['encode'] = (text) => {
    const matches = [...text.matchAll(pattern)];
    const tokens = matches.map(([token]) => token);
    return { ids: tokens.map(idOf), tokens, offsets: matches.map((m) => [m.index, m.index + m[0].length]) };
  };
  return {
    addBosToken: options.addBosToken ?? false,
    bosId: 1,
    eosId: specials.indexOf(options.eos ?? '<|im_end|>'),
    specialIds: new Set(specials.keys()),
    idToToken: (id) => vocabulary[id],
    encode,
    encodeBatch: (texts) => texts.map((text) => encode(text)),
  };
}
