/** One row as tokens and labels: tokenized once, as a whole, with the trained spans mapped by character offset. */
import { FettleError } from '../errors.ts';
import type { Encoding, Tokenizer } from '../model/tokenizer/tokenizer.ts';
import { type Answer, type RenderedRow, renderRow, type TemplateRenderer } from './render.ts';
import type { ChatRow, TextRow } from './row.ts';
import { ignoredLabel } from './shapes/tokens.ts';

/** What encoding needs of a tokenizer. */
export type RowTokenizer = Pick<Tokenizer, 'encode' | 'encodeBatch' | 'idToToken' | 'bosId' | 'eosId' | 'addBosToken' | 'specialIds'>;

/** Tokens of a text and, per token, its characters in UTF-16 code units. */
export type TextEncoding = Pick<Encoding, 'ids' | 'offsets'>;

export interface Encoder {
  tokenizer: RowTokenizer;
  chatTemplate: TemplateRenderer | null;
  /** Tokens that end an answer. */
  eosIds: readonly number[];
  train_on: 'completion' | 'all';
}

export interface TokenizedRow {
  text: string;
  input_ids: number[];
  /** Not shifted; -100 where not trained. */
  labels: number[];
  /** Per token: its characters in `text`; a BOS that was put in front has [0, 0]. */
  offsets: [start: number, end: number][];
}

/** `encodeRow` for many rows, the texts tokenized together; what is wrong with a row comes in its place. */
export function encodeRows(rows: readonly (ChatRow | TextRow)[], encoder: Encoder): (TokenizedRow | FettleError)[] {
  const { tokenizer } = encoder;
  const eosToken = tokenizer.eosId === undefined ? '' : (tokenizer.idToToken(tokenizer.eosId) ?? '');
  const rendered = rows.map((row) => orError(() => renderRow(row, { chatTemplate: encoder.chatTemplate, eosToken })));
  const good = rendered.filter((one): one is RenderedRow => !(one instanceof FettleError));
  const encodings = tokenizer.encodeBatch(good.map(({ text }) => text)).values();
  return rendered.map((one) => (one instanceof FettleError ? one : orError(() => label(one, encodings.next().value!, encoder))));
}

/**
 * Renders and tokenizes a row. A token is trained when its last character lies in an answer or its stop token: one that begins in the
 * prompt and ends in the answer counts as answer, since its text is what the model must write.
 * Throws FETTLE_TEMPLATE, FETTLE_BOS or FETTLE_STOP_TOKEN (without a place).
 */
export function encodeRow(row: ChatRow | TextRow, encoder: Encoder): TokenizedRow {
  const [encoded] = encodeRows([row], encoder);
  if (encoded instanceof FettleError) throw encoded;
  return encoded!;
}

/** Token ids of a text that already has its special tokens, with exactly one BOS in front when the tokenizer wants one. */
export function encodePrompt(text: string, tokenizer: RowTokenizer): number[] {
  return withBos(tokenizer.encode(text), tokenizer).ids;
}

function orError<T>(work: () => T): T | FettleError {
  try {
    return work();
  } catch (error) {
    if (error instanceof FettleError) return error;
    throw error;
  }
}

function label({ text, answers }: RenderedRow, encoding: TextEncoding, { tokenizer, eosIds, train_on }: Encoder): TokenizedRow {
  const { ids, offsets } = withBos(encoding, tokenizer);
  const stops = new Set(eosIds);
  const spans = answers.map((answer) => ({
    start: answer.start,
    end: answer.exact ? answer.contentEnd : stopEnd(answer, text, { ids, offsets }, stops),
  }));
  const labels = ids.map((id, i) => (train_on === 'all' || spans.some((span) => inSpan(offsets[i]!, span)) ? id : ignoredLabel));
  return { text, input_ids: ids, labels, offsets };
}

function withBos({ ids, offsets }: TextEncoding, tokenizer: RowTokenizer): TextEncoding {
  const { bosId } = tokenizer;
  if (bosId === undefined || !tokenizer.addBosToken) return { ids, offsets };
  if (ids[0] !== bosId) return { ids: [bosId, ...ids], offsets: [[0, 0], ...offsets] };
  if (ids[1] !== bosId) return { ids, offsets };
  throw new FettleError('FETTLE_BOS', `expected one BOS token (${tokenizer.idToToken(bosId)}) at the beginning, found two`, {
    hint: 'Remove the BOS token from the text of the row or from the system message: it is added by itself.',
  });
}

/** The end of the stop token that follows an answer, blanks between them allowed. */
function stopEnd({ turn, contentEnd }: Answer, text: string, { ids, offsets }: TextEncoding, stops: ReadonlySet<number>): number {
  const after = ([start, end]: [number, number]) => text.slice(Math.max(start, contentEnd), Math.max(end, contentEnd));
  const next = offsets.findIndex((range) => after(range).trim() !== '');
  if (next >= 0 && stops.has(ids[next]!)) return offsets[next]![1];
  const found =
    next < 0 ? 'the end of the row' : JSON.stringify(text.slice(Math.max(offsets[next]![0], contentEnd)).trimStart().slice(0, 20));
  throw new FettleError('FETTLE_STOP_TOKEN', `expected a stop token after the answer of turn ${turn}, found ${found}`, {
    hint: 'A model trained so would never learn to stop: the chat template ends no turn with a token that the model knows as an end. Use the chat template of the instruct model.',
  });
}

function inSpan([start, end]: [number, number], span: { start: number; end: number }): boolean {
  return end > span.start && end <= span.end && (end > start || start > span.start);
}
