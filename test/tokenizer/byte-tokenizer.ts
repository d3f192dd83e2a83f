import { byteLevelAlphabet } from 'tokenizers';
import type { AddedToken } from '../../src/model/tokenizer/added-token.ts';
import { Tokenizer } from '../../src/model/tokenizer/tokenizer.ts';
import type { TokenizerOptions } from '../../src/model/tokenizer/tokenizer-json.ts';

const alphabet = byteLevelAlphabet();
export const byteCount = alphabet.length;

/** tokenizer.json of a tokenizer with one token a byte and the added tokens given; `changes` replaces top-level keys. */
export function byteTokenizerJson(added: readonly (string | Partial<AddedToken>)[], changes: Record<string, unknown> = {}): string {
  return JSON.stringify({
    version: '1.0',
    added_tokens: added.map((token, i) => {
      const rules = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
      return { id: byteCount + i, ...rules, ...(typeof token === 'string' ? { content: token } : token) };
    }),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: 'BPE', vocab: Object.fromEntries(alphabet.map((char, i) => [char, i])), merges: [] },
    ...changes,
  });
}

export function byteTokenizer(
  added: readonly (string | Partial<AddedToken>)[],
  options?: TokenizerOptions,
  changes?: Record<string, unknown>,
): Tokenizer {
  return Tokenizer.fromJson(byteTokenizerJson(added, changes), options);
}
