/** One row as tokens and labels: tokenized once, as a whole, with the trained spans mapped by character offset. */
import { FettleError } from '../errors.ts';
import { type Answer, renderRow, type TemplateRenderer } from './render.ts';
import type { ChatRow, TextRow } from './row.ts';
import { ignoredLabel } from './shapes/tokens.ts';

/** What encoding needs of a tokenizer (src/model/tokenizer/tokenizer.ts). */
export interface RowTokenizer {
  encode(text: string, options?: { addSpecialTokens?: boolean }): TextEncoding | Promise<TextEncoding>;
  idToToken(id: number): string | undefined;
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  readonly addBosToken: boolean;
  readonly specialIds: ReadonlySet<number>;
}

export interface TextEncoding {
  ids: number[];
  /** Per token: its characters in the text, in UTF-16 code units. */
  offsets: [start: number, end: number][];
}

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

/**
 * Renders and tokenizes a row. A token is trained when its last character lies in an answer or its stop token: one that begins in the
 * prompt and ends in the answer counts as answer, since its text is what the model must write.
 * Throws FETTLE_TEMPLATE, FETTLE_BOS or FETTLE_STOP_TOKEN (without a place).
 */
export async function encodeRow(row: ChatRow | TextRow, encoder: Encoder): Promise<TokenizedRow> {
  const { tokenizer, chatTemplate, eosIds, train_on } = encoder;
  const { eosId } = tokenizer;
  const eosToken = eosId === undefined ? '' : (tokenizer.idToToken(eosId) ?? '');
  const { text, answers } = renderRow(row, { chatTemplate, eosToken });
  const { ids, offsets } = await tokenizeWithBos(text, tokenizer);
  const spans = answers.map((answer) => ({ start: answer.start, end: stopEnd(answer, text, ids, offsets, new Set(eosIds)) }));
  const labels = ids.map((id, i) => (train_on === 'all' || spans.some((span) => inSpan(offsets[i]!, span)) ? id : ignoredLabel));
  return { text, input_ids: ids, labels, offsets };
}

/** Tokenizes text that already has its special tokens, with exactly one BOS in front when the tokenizer wants one. */
export async function tokenizeWithBos(text: string, tokenizer: RowTokenizer): Promise<TextEncoding> {
  const { ids, offsets } = await tokenizer.encode(text, { addSpecialTokens: false });
  const { bosId } = tokenizer;
  if (bosId === undefined || !tokenizer.addBosToken) return { ids, offsets };
  if (ids[0] !== bosId) return { ids: [bosId, ...ids], offsets: [[0, 0], ...offsets] };
  if (ids[1] === bosId) {
    throw new FettleError('FETTLE_BOS', `expected one BOS token (${tokenizer.idToToken(bosId)}) at the beginning, found two`, {
      hint: 'Remove the BOS token from the text of the row or from the system message: it is added by itself.',
    });
  }
  return { ids, offsets };
}

/** The end of the stop token that follows an answer, blanks between them allowed. */
function stopEnd(
  answer: Answer,
  text: string,
  ids: readonly number[],
  offsets: readonly [number, number][],
  eosIds: ReadonlySet<number>,
): number {
  let i = offsets.findIndex(([start, end]) => start >= answer.contentEnd && end > start);
  while (i >= 0 && i < ids.length && !eosIds.has(ids[i]!) && text.slice(...offsets[i]!).trim() === '') i++;
  if (i >= 0 && i < ids.length && eosIds.has(ids[i]!)) return offsets[i]![1];
  const found = i < 0 || i >= ids.length ? 'the end of the row' : JSON.stringify(text.slice(offsets[i]![0], offsets[i]![0] + 20));
  throw new FettleError('FETTLE_STOP_TOKEN', `expected a stop token after the answer of turn ${answer.turn}, found ${found}`, {
    hint: 'The chat template writes no end-of-turn token that the model knows as an end: a model trained so would never stop. Use the chat template of the instruct model.',
  });
}

function inSpan([start, end]: [number, number], span: { start: number; end: number }): boolean {
  return end > span.start && end <= span.end && (end > start || start > span.start);
}
