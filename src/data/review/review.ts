/** The decisions of reviewers, applied as data is read: rejected rows are dropped, edited ones replaced. The latest decision on a row counts. */
import { FettleError } from '../../errors.ts';
import { recordHash } from '../content-hash.ts';
import { parseRow } from '../parse-row.ts';
import { type Flaw, isFlaw } from '../read/record.ts';
import type { Row } from '../row.ts';
import type { ShapeParser } from '../shapes/shape-parser.ts';
import { type Decision, type DecisionKind, type EditedTurn, hashOfTurns, keyOf } from './decision.ts';
import { type DecisionFile, decisionPath, readDecisionFile } from './decision-file.ts';
import { editRow, mendRecord } from './edit-record.ts';

/** What a review did to the rows of a file. */
export interface ReviewSummary {
  /** The file of decisions. */
  path: string;
  reviewers: string[];
  /** Rows of the data by the decision that counts for them. */
  rows: Record<DecisionKind, number>;
  /** Decisions that change a row which the data no longer has. */
  missing: number;
  /** Rows on which two reviewers decided otherwise. */
  disputed: number;
  /** Lines of the file of decisions that a crash left unfinished. */
  torn: number[];
}

/** A decision with its place among all, so that the later of two is known. */
type Placed = Decision & { at: number };

export class Review {
  readonly path: string;
  readonly decisions: readonly Decision[];
  readonly #torn: readonly number[];
  /** By row; a note alone leaves what was decided before. */
  readonly #standing = new Map<string, Placed>();
  /** Rows with that content met so far, for the hashes that decisions know. */
  readonly #copies = new Map<string, number>();
  readonly #met = new Set<string>();
  readonly #accepted = new Set<number>();
  readonly #rows: Record<DecisionKind, number> = { accepted: 0, edited: 0, rejected: 0, noted: 0 };

  constructor({ path, decisions, torn }: Readonly<Pick<DecisionFile, 'path' | 'decisions' | 'torn'>>) {
    this.path = path;
    this.decisions = decisions;
    this.#torn = torn;
    for (const [at, decision] of decisions.entries()) {
      const before = this.#standing.get(keyOf(decision));
      if (decision.decision !== 'noted' || before === undefined || before.decision === 'noted')
        this.#standing.set(keyOf(decision), { ...decision, at });
      this.#copies.set(decision.hash, 0);
    }
  }

  /** The review of a data file, to be used for one reading. Throws as `readDecisionFile`. */
  static async of(dataPath: string): Promise<Review> {
    return new Review(await readDecisionFile(decisionPath(dataPath)));
  }

  /** What one reviewer decided, without what others did. */
  by(reviewer: string): Review {
    return new Review({
      path: this.path,
      torn: [...this.#torn],
      decisions: this.decisions.filter((decision) => decision.reviewer === reviewer),
    });
  }

  /** What is read instead of one record: nothing where it was rejected, the edited row, or the same. Records must come in the file's order. */
  apply(found: [Row] | Flaw[], parser: ShapeParser | undefined): (Row | Flaw)[] {
    const [first] = found;
    const hash = first === undefined ? undefined : hashOf(first);
    const before = hash === undefined ? undefined : this.#copies.get(hash);
    if (first === undefined || hash === undefined || before === undefined) return found;
    this.#copies.set(hash, before + 1);
    const decision = this.#decisionOn(hash, before + 1);
    if (decision === undefined) return found;
    this.#met.add(keyOf(decision));
    this.#rows[decision.decision]++;
    if (decision.decision === 'accepted' && !isFlaw(first)) this.#accepted.add(first.line);
    if (decision.decision === 'rejected') return [];
    return decision.turns === undefined ? found : edited(first, decision.turns, parser, `${this.path}: ${decision.reviewer}`);
  }

  /** Whether the usable row that was read from this line was accepted as it stands. */
  isAccepted(line: number): boolean {
    return this.#accepted.has(line);
  }

  /** Null when nothing was ever decided. Rows are counted as far as they were read. */
  get summary(): ReviewSummary | null {
    if (this.decisions.length === 0 && this.#torn.length === 0) return null;
    const changing = [...this.#standing].filter(([, { decision }]) => decision === 'rejected' || decision === 'edited');
    return {
      path: this.path,
      reviewers: [...new Set(this.decisions.map(({ reviewer }) => reviewer))],
      rows: { ...this.#rows },
      missing: changing.filter(([key]) => !this.#met.has(key)).length,
      disputed: disputes(this.decisions),
      torn: [...this.#torn],
    };
  }

  #decisionOn(hash: string, copy: number): Placed | undefined {
    const [all, one] = [this.#standing.get(keyOf({ hash })), this.#standing.get(keyOf({ hash, copy }))];
    return all !== undefined && one !== undefined ? (one.at > all.at ? one : all) : (one ?? all);
  }
}

/** What decisions know a row by; undefined for a record that could not be read at all. */
export function hashOf(found: Row | Flaw): string | undefined {
  if (!isFlaw(found)) return found.edited_from ?? found.hash;
  return found.record && recordHash(found.record);
}

/** The row that `turns` make of `found`, read and checked like any other. @param by who edited, for errors */
export function edited(found: Row | Flaw, turns: readonly EditedTurn[], parser: ShapeParser | undefined, by: string): [Row] | Flaw[] {
  const { file, line } = isFlaw(found) ? { file: found.problem.file!, line: found.problem.line! } : found;
  const value = isFlaw(found) ? mendRecord(found.record!, parser!.shape, turns, { file, line }) : editRow(found, turns);
  const [row, ...more] = parseRow({ line, value }, file, parser);
  if (row === undefined || isFlaw(row)) {
    const flaws = (row === undefined ? more : [row, ...more]) as Flaw[];
    return flaws.map((flaw) => ({ ...flaw, problem: { ...flaw.problem, message: `${flaw.problem.message} (as edited, ${by})` } }));
  }
  if (row.hash !== hashOfTurns(turns)) {
    const message = `the shape ${row.shape} cannot hold the edited turns (${by})`;
    throw new FettleError('FETTLE_DATA_FORMAT', `expected turns that ${file}:${line} can hold, found others: ${message}`, {
      problems: [{ file, line, message }],
      hint: 'Keep the roles of the turns as they were, or convert the data to messages first.',
    });
  }
  return [{ ...row, edited_from: hashOf(found)! }];
}

function disputes(decisions: readonly Decision[]): number {
  const last = new Map<string, Map<string, string>>();
  for (const decision of decisions) {
    const { reviewer, decision: kind } = decision;
    if (kind === 'noted') continue;
    const row = last.get(keyOf(decision)) ?? new Map<string, string>();
    last.set(keyOf(decision), row.set(reviewer, kind === 'edited' ? hashOfTurns(decision.turns!) : kind));
  }
  return [...last.values()].filter((row) => new Set(row.values()).size > 1).length;
}
