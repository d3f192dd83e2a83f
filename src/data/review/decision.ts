/** A reviewer's decision on one row: one line of `.fettle/reviews/NAME.jsonl`. */
import { z } from 'zod';
import { contentHash } from '../content-hash.ts';
import type { Row, Turn } from '../row.ts';

export const decisionKinds = ['accepted', 'edited', 'rejected', 'noted'] as const;
export type DecisionKind = (typeof decisionKinds)[number];

/** A turn as a reviewer wrote it; a `text` row has one turn of the role `text`. */
export const editedTurnSchema = z.looseObject({
  role: z.enum(['system', 'user', 'assistant', 'tool', 'text']),
  content: z.string(),
  tool_calls: z.array(z.unknown()).optional(),
});
export type EditedTurn = z.output<typeof editedTurnSchema>;

export const reviewerSchema = z
  .string()
  .trim()
  .min(1, 'a name')
  .max(80, 'a name of at most 80 characters')
  .regex(/^\P{Cc}*$/u, 'a name without control characters');

export const verdictShape = {
  /** Content hash of the row as it stands in the file; of the whole record where it is no usable row. */
  hash: z.string().regex(/^[0-9a-f]{64}$/, 'the content hash of a row (64 hexadecimal digits)'),
  /** Which of several rows with this content, from 1; all of them when left out. */
  copy: z.int().min(1).optional(),
  decision: z.enum(decisionKinds),
  /** What replaces the row: with `edited`, and only then. */
  turns: z.array(editedTurnSchema).min(1).optional(),
  note: z.string().optional(),
};

const editHasTurns = (verdict: { decision: DecisionKind; turns?: unknown }) =>
  (verdict.decision === 'edited') === (verdict.turns !== undefined);
const turnsWithEdit = { path: ['turns'], message: 'turns with "edited", and only there' };

/** What a decision says, without who and when. */
export const verdictSchema = z.strictObject(verdictShape).refine(editHasTurns, turnsWithEdit);

export const decisionSchema = z
  .strictObject({
    ...verdictShape,
    reviewer: reviewerSchema,
    /** ISO 8601. */
    date: z.iso.datetime({ offset: true }),
  })
  .refine(editHasTurns, turnsWithEdit);

export type Verdict = z.output<typeof verdictSchema>;
export type Decision = z.output<typeof decisionSchema>;

/** The turns of a row as a reviewer edits them; undefined for `tokens` rows. */
export function turnsOf(row: Row): EditedTurn[] | undefined {
  if (row.kind === 'tokens') return undefined;
  return row.kind === 'text' ? [{ role: 'text', content: row.text }] : row.turns.map((turn) => ({ ...turn }));
}

/** The content hash of a row with these turns. */
export function hashOfTurns(turns: readonly EditedTurn[]): string {
  const [first] = turns;
  if (first?.role === 'text') return contentHash({ kind: 'text', text: first.content });
  return contentHash({ kind: 'chat', turns: turns as readonly Turn[], turnFields: [], untrained: new Set(), plain: false });
}

/** What names a row in a list of decisions. */
export function keyOf({ hash, copy }: Pick<Verdict, 'hash' | 'copy'>): string {
  return copy === undefined ? hash : `${hash} ${copy}`;
}
