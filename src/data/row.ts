/** The canonical row: whatever shape a row has in its file, everything after the reader sees only this. */

import type { DataFormat } from '../config/schema.ts';
import type { Turn as TemplateTurn } from '../model/chat-template.ts';

/** The shapes of rows that fettle reads; the config's `data.format` without `auto`. */
export type Shape = Exclude<DataFormat, 'auto'>;

/** One turn of a conversation. Other keys (name, reasoning_content ...) go to the chat template as they are. */
export interface Turn extends TemplateTurn {
  tool_calls?: unknown[];
}

interface RowPlace {
  file: string;
  /** 1-based. */
  line: number;
  shape: Shape;
  /** Content hash: the same for the same canonical content, whatever its shape, key order or blanks at the ends. */
  hash: string;
  /** The row's other fields (topic, id ...), for stratifying, grouping and reports. */
  fields: Readonly<Record<string, unknown>>;
  /** The whole row in the shape of its file. */
  record: Readonly<Record<string, unknown>>;
  /** The content hash in the file, when a reviewer's edit replaced what stands there. */
  edited_from?: string;
}

export interface ChatRow extends RowPlace {
  kind: 'chat';
  turns: readonly Turn[];
  /** Per turn: the field of the file that its text came from, as in `messages[2].content`. */
  turnFields: readonly string[];
  /** Per turn: an assistant turn that is not to be trained (weight 0, or in the prompt of prompt-completion). */
  untrained: ReadonlySet<number>;
  tools?: unknown[];
  /** prompt-completion strings: two turns, joined plainly when the model has no chat template. */
  plain: boolean;
}

export interface TextRow extends RowPlace {
  kind: 'text';
  text: string;
  /** Characters that are trained, as [start, end) in `text`; left out, all of them and the end-of-text token. */
  trained?: readonly (readonly [start: number, end: number])[];
}

/** Tokens as they will be trained; nothing is added or checked. */
export interface TokensRow extends RowPlace {
  kind: 'tokens';
  input_ids: readonly number[];
  /** As in Hugging Face: not shifted, -100 where not trained. */
  labels: readonly number[];
}

export type Row = ChatRow | TextRow | TokensRow;

/** The content of a row, before its place and hash are known. */
export type RowContent =
  | Pick<ChatRow, 'kind' | 'turns' | 'turnFields' | 'untrained' | 'tools' | 'plain'>
  | Pick<TextRow, 'kind' | 'text' | 'trained'>
  | Pick<TokensRow, 'kind' | 'input_ids' | 'labels'>;
