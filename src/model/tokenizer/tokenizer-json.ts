import { z } from 'zod';
import { FettleError, type Problem } from '../../errors.ts';
import { type AddedToken, addedTokenSchema, completeAddedToken, exactAddedToken } from './added-token.ts';
import { templateProcessing, withoutTrimmedOffsets } from './post-processor.ts';

/** An object from token to id (BPE, WordPiece, WordLevel) or a list of [piece, score] (Unigram). */
type Vocabulary = Record<string, number> | [piece: string, score: number][];

// Not a zod record: it would drop a token spelled `__proto__`, and there are hundreds of thousands of tokens.
function isVocabulary(value: unknown): value is Vocabulary {
  if (Array.isArray(value)) return value.every((one) => Array.isArray(one) && typeof one[0] === 'string' && typeof one[1] === 'number');
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every((id) => Number.isInteger(id) && id >= 0 && id < 2 ** 31);
}

const tokenizerJsonSchema = z.looseObject({
  added_tokens: z.array(addedTokenSchema).nullish(),
  post_processor: z.looseObject({}).nullish(),
  model: z.looseObject({
    vocab: z.custom<Vocabulary>(isVocabulary, 'expected an object from token to id, or a list of [piece, score]'),
    unk_token: z.string().nullish(),
    unk_id: z.int().nonnegative().nullish(),
  }),
});
export type TokenizerJson = z.output<typeof tokenizerJsonSchema>;

export interface TokenizerOptions {
  /** Where the text came from, for messages. */
  file?: string;
  bosToken?: string;
  eosToken?: string;
  padToken?: string;
  unkToken?: string;
  /** Stated: texts encoded with special tokens begin with BOS, or don't, whatever tokenizer.json's post-processor says. */
  addBosToken?: boolean;
  addEosToken?: boolean;
  /** Further added tokens, or other rules for known ones (`added_tokens_decoder` of tokenizer_config.json). */
  addedTokens?: readonly AddedToken[];
}

/** tokenizer.json, ready for the library, and what is looked up in it. */
export interface PreparedTokenizer {
  json: string;
  vocab: ReadonlyMap<string, number>;
  addedTokens: readonly AddedToken[];
  unkToken: string | undefined;
}

function problemsOf(error: z.ZodError, file: string | undefined): Problem[] {
  return error.issues.map((issue) => ({ file, field: issue.path.join('.') || undefined, message: issue.message }));
}

/** Parses tokenizer.json. Throws `FETTLE_TOKENIZER` naming every field of a wrong type. */
export function parseTokenizerJson(text: string, file?: string): TokenizerJson {
  const name = file ?? 'tokenizer.json';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const message = `not valid JSON: ${(cause as Error).message}`;
    throw new FettleError('FETTLE_TOKENIZER', `${name} should be JSON but is ${message}`, { cause, problems: [{ file, message }] });
  }
  const parsed = tokenizerJsonSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error, file);
  const list = problems.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join('; ');
  throw new FettleError('FETTLE_TOKENIZER', `${name} does not have the form of a tokenizer.json: ${list}`, {
    problems,
    hint: "Expected the file that the tokenizers library saves: an object with 'model' (holding 'vocab') and 'added_tokens'.",
  });
}

function vocabOf(model: TokenizerJson['model']): Map<string, number> {
  if (Array.isArray(model.vocab)) return new Map(model.vocab.map(([token], id) => [token, id]));
  return new Map(Object.entries(model.vocab));
}

function mergeAddedTokens(json: TokenizerJson, vocab: ReadonlyMap<string, number>, options: TokenizerOptions): AddedToken[] {
  const tokens = new Map((json.added_tokens ?? []).map((token) => [token.content, completeAddedToken(token)]));
  for (const token of [...(options.addedTokens ?? [])].sort((a, b) => a.id - b.id)) tokens.set(token.content, token);
  for (const content of [options.bosToken, options.eosToken, options.padToken, options.unkToken]) {
    const id = content === undefined ? undefined : vocab.get(content);
    if (content && id !== undefined && !tokens.has(content)) tokens.set(content, exactAddedToken(id, content, true));
  }
  return [...tokens.values()];
}

function postProcessor(json: TokenizerJson, idOf: (token: string | undefined) => number | undefined, options: TokenizerOptions): unknown {
  const { addBosToken, addEosToken, bosToken, eosToken } = options;
  if (addBosToken === undefined && addEosToken === undefined) return withoutTrimmedOffsets(json.post_processor ?? null);
  const role = (wanted: boolean | undefined, content: string | undefined) => {
    const id = idOf(content);
    return wanted && content !== undefined && id !== undefined ? { content, id } : undefined;
  };
  return templateProcessing(role(addBosToken, bosToken), role(addEosToken, eosToken));
}

/** Makes tokenizer.json encode every text whole (no truncation, padding, dropout) with the added tokens and BOS rule of `options`. */
export function prepareTokenizer(json: TokenizerJson, options: TokenizerOptions): PreparedTokenizer {
  const vocab = vocabOf(json.model);
  const addedTokens = mergeAddedTokens(json, vocab, options);
  const addedIds = new Map(addedTokens.map(({ content, id }) => [content, id]));
  const idOf = (token: string | undefined) => (token === undefined ? undefined : (addedIds.get(token) ?? vocab.get(token)));
  const { unk_id, unk_token, vocab: pieces } = json.model;
  const unigramUnk = Array.isArray(pieces) && typeof unk_id === 'number' ? pieces[unk_id]?.[0] : undefined;
  const model = 'dropout' in json.model ? { ...json.model, dropout: null } : json.model;
  const prepared = {
    ...json,
    truncation: null,
    padding: null,
    added_tokens: addedTokens,
    post_processor: postProcessor(json, idOf, options),
    model,
  };
  return { json: JSON.stringify(prepared), vocab, addedTokens, unkToken: options.unkToken ?? unk_token ?? unigramUnk };
}
