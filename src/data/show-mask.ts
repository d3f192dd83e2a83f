/** The token mask of a row as data: what the model sees, token by token, and which tokens it is trained on. */
import { type Encoder, encodeRow } from './encode-row.ts';
import type { Row } from './row.ts';
import { ignoredLabel } from './shapes/tokens.ts';

export interface MaskedToken {
  id: number;
  /** Its characters in the rendered text; the token itself where it has none (a BOS put in front, `tokens` rows). */
  text: string;
  trained: boolean;
  special: boolean;
}

export interface MaskedRow {
  file: string;
  line: number;
  tokens: MaskedToken[];
  /** Tokens whose prediction is trained; the first token never is. */
  supervised: number;
}

/**
 * The mask of `row`. Characters that several tokens share (the bytes of an emoji) are shown with the first of them.
 * Throws as `encodeRow`.
 */
export function maskOf(row: Row, encoder: Encoder): MaskedRow {
  const { tokenizer } = encoder;
  const encoded = row.kind === 'tokens' ? undefined : encodeRow(row, encoder);
  const { input_ids, labels } = encoded ?? (row as Extract<Row, { kind: 'tokens' }>);
  let shown = 0;
  const tokens = input_ids.map((id, i): MaskedToken => {
    const [start, end] = encoded?.offsets[i] ?? [0, 0];
    const own = encoded?.text.slice(Math.max(start, shown), end) ?? '';
    shown = Math.max(shown, end);
    const text = end > start ? own : (tokenizer.idToToken(id) ?? '');
    return { id, text, trained: labels[i] !== ignoredLabel, special: tokenizer.specialIds.has(id) };
  });
  return { file: row.file, line: row.line, tokens, supervised: tokens.filter((token, i) => i > 0 && token.trained).length };
}
