/** What a reviewer looks at, in order: rows with findings, rows that a run found hard, then samples. */
import { seededFraction } from '../assign-parts.ts';
import { type CheckOptions, checkDataset } from '../check.ts';
import type { Finding, Severity } from '../findings.ts';
import { findSeals, sealedHashes } from '../seal.ts';
import { type Decision, hashOfTurns, keyOf } from './decision.ts';
import type { ReviewRow } from './review-rows.ts';
import type { ReviewSession } from './session.ts';

/** A row whose loss in training is out of line. */
export interface Suspect {
  /** Content hash, as trained. */
  hash: string;
  /** By epoch. */
  losses: readonly number[];
  /** The last losses of the rows that ask most alike. */
  neighbours: readonly { line: number; loss: number }[];
}

export type QueueReason = 'finding' | 'suspicious' | 'sample';

export interface QueueItem extends ReviewRow {
  reason: QueueReason;
  /** The worst first. */
  findings: Finding[];
  suspect: Suspect | null;
  /** It belongs to a sealed test set, and stays there whatever is decided. */
  sealed: boolean;
  /** What reviewers noted about it. */
  notes: Pick<Decision, 'reviewer' | 'date' | 'note'>[];
}

export interface ReviewQueue {
  items: QueueItem[];
  /** Findings on the file as a whole, or on lines that are no records. */
  general: Finding[];
}

export interface QueueOptions extends Pick<CheckOptions, 'model' | 'facts' | 'format' | 'onProgress' | 'signal'> {
  /** The most suspicious first. */
  suspects?: readonly Suspect[];
  /** Rows without findings to draw at random; default 30. */
  sample?: number;
  /** Default 42: with the same seed the same rows are drawn, whatever was decided before. */
  seed?: number;
}

const severities: readonly Severity[] = ['error', 'warning', 'note'];
const sampled = 30;

/** The rows of the session that its reviewer has not decided on. Throws what `checkDataset` and `findSeals` throw. */
export async function buildQueue(session: ReviewSession, options: QueueOptions = {}): Promise<ReviewQueue> {
  const { suspects = [], sample = sampled, seed = 42, ...check } = options;
  const { byLine, general } = await findingsOf(session, check);
  const sealed = sealedHashes(await findSeals({ data: [session.path] }));
  const suspectOf = originalHashes(session, suspects);
  const notes = Map.groupBy(
    session.decisions.filter(({ note }) => note !== undefined),
    ({ hash }) => hash,
  );
  const items = session.rows.map(
    (row): QueueItem => ({
      ...row,
      reason: 'sample',
      findings: byLine.get(row.line) ?? [],
      suspect: suspectOf.get(row.hash) ?? null,
      sealed: sealed.has(row.hash),
      notes: notes.get(row.hash) ?? [],
    }),
  );
  const found = items.filter(({ findings }) => findings.length > 0).sort((a, b) => worst(a) - worst(b) || a.line - b.line);
  const place = new Map(suspects.map((suspect, i) => [suspect, i]));
  const hard = items.filter(({ findings, suspect }) => findings.length === 0 && suspect !== null);
  hard.sort((a, b) => place.get(a.suspect!)! - place.get(b.suspect!)!);
  const rest = items.filter(({ findings, suspect, row }) => findings.length === 0 && suspect === null && row !== null);
  const drawn = rest
    .map((item) => ({ item, u: seededFraction(keyOf(item), seed) }))
    .sort((a, b) => a.u - b.u)
    .slice(0, sample)
    .map(({ item }) => item);
  const withReason = (list: readonly QueueItem[], reason: QueueReason) => list.map((item) => ({ ...item, reason }));
  const all = [...withReason(found, 'finding'), ...withReason(hard, 'suspicious'), ...withReason(drawn, 'sample')];
  return { items: all.filter((item) => session.decisionOn(item) === undefined), general };
}

async function findingsOf(session: ReviewSession, check: CheckOptions): Promise<{ byLine: Map<number, Finding[]>; general: Finding[] }> {
  const byLine = new Map<number, Finding[]>();
  const general: Finding[] = [];
  const lines = new Set(session.rows.map(({ line }) => line));
  for await (const one of checkDataset(session.path, { ...check, review: session.ownReview() })) {
    if ('summary' in one) continue;
    if (one.line === null || !lines.has(one.line)) general.push(one);
    else byLine.set(one.line, [...(byLine.get(one.line) ?? []), one]);
  }
  for (const list of byLine.values()) list.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
  return { byLine, general };
}

/** A run may have trained an edited row; here it stands as it was before. */
function originalHashes({ decisions }: ReviewSession, suspects: readonly Suspect[]): Map<string, Suspect> {
  const before = new Map(decisions.flatMap(({ hash, turns }) => (turns === undefined ? [] : [[hashOfTurns(turns), hash] as const])));
  return new Map(suspects.map((suspect) => [before.get(suspect.hash) ?? suspect.hash, suspect]));
}

function worst({ findings }: QueueItem): number {
  return severities.indexOf(findings[0]!.severity);
}
