/** Text from a model, token by token. */
import { encodePrompt } from '../data/encode-row.ts';
import { renderPrompt } from '../data/render.ts';
import type { Turn } from '../data/row.ts';
import { FettleError } from '../errors.ts';
import type { LoadedModel } from '../model/load.ts';
import type { Tokenizer } from '../model/tokenizer/tokenizer.ts';
import type { SamplingOptions } from '../native/types.ts';
import { Answer, type GeneratedPiece, type GenerationEnd } from './answer.ts';
import { useAdapter } from './use-adapter.ts';

export interface GenerateOptions {
  /** A user's message, or with `raw` the text to continue. */
  prompt?: string;
  /** A whole conversation instead; its last turn is the user's. */
  turns?: readonly Turn[];
  /** Continue `prompt` as it is, without the chat template. */
  raw?: boolean;
  /** Folder of a PEFT adapter, used for this call only. */
  adapter?: string;
  /** Default 256; the model's positions are a limit too. */
  max_tokens?: number;
  /** Defaults: temperature 0 (greedy), top_k 0, top_p 1, seed 0. The same seed gives the same text. */
  sampling?: Partial<SamplingOptions>;
  /** Texts that end the answer; they are not part of it. */
  stop?: readonly string[];
  /** Go on after the model's own stop tokens. */
  ignore_eos?: boolean;
  signal?: AbortSignal;
}

const defaultMaxTokens = 256;
const greedy: SamplingOptions = { temperature: 0, top_k: 0, top_p: 1, seed: 0 };

/**
 * Generates an answer; the generator's return value tells how it ended.
 * @throws FettleError FETTLE_INVALID_ARGUMENT, FETTLE_TOKENIZER, FETTLE_TEMPLATE, FETTLE_ADAPTER
 * @example
 * ```ts
 * for await (const { text } of generate(model, { prompt: 'How do I reset my password?' })) process.stdout.write(text);
 * ```
 */
export async function* generate(model: LoadedModel, options: GenerateOptions): AsyncGenerator<GeneratedPiece, GenerationEnd> {
  const request = requestOf(model, options);
  const adapter = options.adapter === undefined ? null : await useAdapter(model, options.adapter);
  try {
    return yield* answerTo(model, request, options.signal);
  } finally {
    adapter?.remove();
  }
}

/** The whole answer at once; see {@link generate}. */
export async function complete(model: LoadedModel, options: GenerateOptions): Promise<GenerationEnd> {
  const pieces = generate(model, options);
  for (;;) {
    const { done, value } = await pieces.next();
    if (done) return value;
  }
}

/** What is asked of the engine, and the answer that is to grow. */
export interface GenerationRequest {
  /** Ids to continue. */
  prompt: number[];
  /** Most tokens of the answer. */
  room: number;
  sampling: SamplingOptions;
  answer: Answer;
}

/** @throws FettleError what {@link promptIds} throws, FETTLE_TOKENIZER */
export function requestOf(model: LoadedModel, options: Omit<GenerateOptions, 'adapter' | 'signal'>): GenerationRequest {
  const { source } = model;
  const tokenizer = tokenizerOf(model);
  const prompt = promptIds(model, tokenizer, options);
  const room = Math.min(options.max_tokens ?? defaultMaxTokens, source.config.max_positions - prompt.length);
  const stopIds = new Set(options.ignore_eos ? [] : source.eosIds);
  const answer = new Answer(tokenizer, prompt.length, { room, stopIds, stop: options.stop ?? [] });
  return { prompt, room, sampling: { ...greedy, ...options.sampling }, answer };
}

/** The token ids that the model continues: rendered as in training, with exactly one BOS where the tokenizer wants one. */
export function promptIds(model: LoadedModel, tokenizer: Tokenizer, options: GenerateOptions): number[] {
  const { prompt, turns, raw = false } = options;
  if ((prompt === undefined) === (turns === undefined)) {
    throw new FettleError('FETTLE_INVALID_ARGUMENT', `expected either prompt or turns, found ${prompt === undefined ? 'neither' : 'both'}`);
  }
  if (raw && prompt === undefined) throw new FettleError('FETTLE_INVALID_ARGUMENT', 'expected prompt with raw, found turns');
  const text = raw ? prompt! : renderPrompt(turns ?? [{ role: 'user', content: prompt! }], model.source.chatTemplate);
  const ids = encodePrompt(text, tokenizer);
  const limit = model.source.config.max_positions;
  if (ids.length === 0) {
    throw new FettleError('FETTLE_INVALID_ARGUMENT', 'expected a prompt of at least one token, found an empty one');
  }
  if (ids.length >= limit) {
    throw new FettleError(
      'FETTLE_INVALID_ARGUMENT',
      `expected a prompt of fewer tokens than the model's ${limit} positions, found ${ids.length}`,
    );
  }
  return ids;
}

async function* answerTo(
  { native }: LoadedModel,
  { prompt, room, sampling, answer }: GenerationRequest,
  signal: AbortSignal | undefined,
): AsyncGenerator<GeneratedPiece, GenerationEnd> {
  const session = native.createSession(prompt.length + room);
  try {
    const sequence = session.add(prompt.length + room)!;
    let ids: readonly number[] = prompt;
    while (!answer.finished) {
      if (signal?.aborted) {
        answer.abort();
        break;
      }
      const [id] = await session.step([{ sequence, ids: Int32Array.from(ids), sampling }]);
      const piece = answer.push(id!);
      if (piece !== null) yield piece;
      ids = [id!];
    }
    const rest = answer.rest();
    if (rest !== '') yield { id: null, text: rest };
    return answer.end();
  } finally {
    session.free();
  }
}

/** @throws FettleError FETTLE_TOKENIZER when the model has none */
export function tokenizerOf({ source }: LoadedModel): Tokenizer {
  if (source.tokenizer !== null) return source.tokenizer;
  throw new FettleError('FETTLE_TOKENIZER', `expected a tokenizer in ${source.path}, found none`, {
    hint: 'only data of the format tokens needs none',
  });
}
