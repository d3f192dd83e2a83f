/** The content hash of a row: what seals, splits and decisions know a row by. */
import { createHash } from 'node:crypto';
import type { RowContent } from './row.ts';
import { normalizeText } from './similarity/normalize.ts';

/**
 * SHA-256 (hex) over the canonical turns: roles and trimmed text (and tool calls where there are any). Blanks around a line
 * break count as the line break alone, so an alpaca row whose fields end in blanks hashes as the conversation it stands for.
 */
export function contentHash(content: RowContent): string {
  return createHash('sha256')
    .update(canonicalJson(canonical(content)))
    .digest('hex');
}

/** What a reviewer's decision knows a record by that is no usable row: SHA-256 (hex) of the whole of it. */
export function recordHash(record: Readonly<Record<string, unknown>>): string {
  return createHash('sha256')
    .update(`record ${canonicalJson(record)}`)
    .digest('hex');
}

/** Fewer words may stand in many rows that have nothing to do with each other. */
const tellingWords = 12;

/**
 * What a sealed row is known by when it was wrapped otherwise: SHA-256 (hex) over the words of its questions and answers, without system
 * messages, instructions before the last paragraph of a question, case and punctuation. Undefined for rows of few words and of tokens.
 */
export function textHash(content: RowContent): string | undefined {
  if (content.kind === 'tokens') return undefined;
  const texts =
    content.kind === 'text'
      ? [content.text]
      : content.turns.flatMap(({ role, content: text }) =>
          role === 'system' ? [] : [role === 'user' ? text.trimEnd().slice(text.trimEnd().lastIndexOf('\n\n') + 1) : text],
        );
  const words = texts.map(normalizeText);
  if (words.join(' ').split(' ').length < tellingWords) return undefined;
  return createHash('sha256').update(JSON.stringify(words)).digest('hex');
}

function canonical(content: RowContent): unknown {
  switch (content.kind) {
    case 'chat':
      return content.turns.map((turn) => {
        const pair = [turn.role, canonicalText(turn.content)];
        return turn.tool_calls === undefined ? pair : [...pair, turn.tool_calls];
      });
    case 'text':
      return content.trained === undefined ? ['text', canonicalText(content.text)] : ['segments', content.text, content.trained];
    case 'tokens':
      return { input_ids: content.input_ids, labels: content.labels };
  }
}

function canonicalText(text: string): string {
  return text.trim().replaceAll(/\s+/g, (blanks) => (blanks.includes('\n') ? '\n' : blanks));
}

/** JSON with the keys of every object in order, so that key order does not change it. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
