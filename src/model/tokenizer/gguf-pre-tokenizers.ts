/** How `tokenizer.ggml.pre` splits text before byte-pair merging. The names are llama.cpp's, the expressions the original models'. */
export interface PreTokenizer {
  /** The splits before the byte-level alphabet, as tokenizer.json writes them. */
  splits: readonly Record<string, unknown>[];
  /** GPT-2's own expression on what the splits leave. */
  byteLevelRegex: boolean;
  normalizer?: Record<string, unknown>;
  /** Whole words that are in the vocabulary are taken without merging. */
  ignoreMerges?: boolean;
  /** Texts begin with BOS when the metadata doesn't say. */
  addBosToken?: boolean;
}

const split = (regex: string) => [{ type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false }];
const everyDigit = [{ type: 'Digits', individual_digits: true }];

const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const tail = (slash: string) => ` ?[^\\s\\p{L}\\p{N}]+[\\r\\n${slash}]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;
const wordsAndDigits = (digits: string) => `${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}|${tail('')}`;

const upper = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const lower = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const casedWords = (ending: string) =>
  `[^\\r\\n\\p{L}\\p{N}]?${upper}*${lower}+${ending}|[^\\r\\n\\p{L}\\p{N}]?${upper}+${lower}*${ending}`;

const gpt2: PreTokenizer = { splits: [], byteLevelRegex: true };
const starcoder: PreTokenizer = { splits: everyDigit, byteLevelRegex: true };
const llama3: PreTokenizer = { splits: split(wordsAndDigits('\\p{N}{1,3}')), byteLevelRegex: false, ignoreMerges: true, addBosToken: true };
const qwen2: PreTokenizer = { splits: split(wordsAndDigits('\\p{N}')), byteLevelRegex: false, normalizer: { type: 'NFC' } };
const dbrx: PreTokenizer = { splits: split(wordsAndDigits('\\p{N}{1,3}')), byteLevelRegex: false };
const gpt4o: PreTokenizer = { splits: split(`${casedWords(`${contractions}?`)}|\\p{N}{1,3}|${tail('/')}`), byteLevelRegex: false };
const tekken: PreTokenizer = {
  splits: split(`${casedWords('')}|\\p{N}|${tail('/')}`),
  byteLevelRegex: false,
  ignoreMerges: true,
  addBosToken: true,
};

export const preTokenizers: ReadonlyMap<string, PreTokenizer> = new Map([
  ['default', gpt2],
  ['gpt-2', gpt2],
  ['phi-2', gpt2],
  ['smollm', starcoder],
  ['starcoder', starcoder],
  ['refact', starcoder],
  ['llama-bpe', llama3],
  ['llama3', llama3],
  ['llama-v3', llama3],
  ['qwen2', qwen2],
  ['deepseek-r1-qwen', qwen2],
  ['dbrx', dbrx],
  ['gpt-4o', gpt4o],
  ['tekken', tekken],
]);
