/** The rows of a data file as they stand in it, and the recording of one or many decisions on them. */
import type { DataFormat } from '../../config/schema.ts';
import { FettleError, type Problem } from '../../errors.ts';
import { sealVersions } from '../carry-seals.ts';
import { dataError } from '../dataset.ts';
import { type Flaw, isFlaw } from '../read/record.ts';
import type { Row, Shape } from '../row.ts';
import { parserOf } from '../shapes/registry.ts';
import { type Decision, type EditedTurn, keyOf, reviewerSchema, turnsOf, type Verdict } from './decision.ts';
import { appendDecisions, decisionPath, issues, readDecisionFile } from './decision-file.ts';
import { edited, Review } from './review.ts';
import { type ReviewRow, readReviewRows } from './review-rows.ts';

/** A verdict, of another reviewer than the session's where it names one. */
export type SaidVerdict = Verdict & { reviewer?: string };

export interface SessionOptions {
  reviewer: string;
  format?: DataFormat;
  signal?: AbortSignal;
}

export class ReviewSession {
  readonly path: string;
  readonly reviewer: string;
  readonly shape: Shape | null;
  /** In the order of the file, whatever was decided. */
  readonly rows: readonly ReviewRow[];
  /** What could not be read as a record at all: nobody can decide on it but the file's author. */
  readonly unreadable: readonly Flaw[];
  readonly #byKey = new Map<string, ReviewRow>();
  readonly #torn: readonly number[];
  #decisions: readonly Decision[];
  /** By reviewer and row: the last decision, with its place among all. */
  readonly #last = new Map<string, { decision: Decision; at: number }>();

  private constructor(
    options: Pick<ReviewSession, 'path' | 'reviewer' | 'shape' | 'rows' | 'unreadable'>,
    decisions: Decision[],
    torn: number[],
  ) {
    this.path = options.path;
    this.reviewer = options.reviewer;
    this.shape = options.shape;
    this.rows = options.rows;
    this.unreadable = options.unreadable;
    this.#torn = torn;
    this.#decisions = [];
    this.#take(decisions);
    for (const row of this.rows) this.#byKey.set(keyOf(row), row);
  }

  /** Throws FETTLE_INVALID_ARGUMENT for a name that is none, what reading the data as a whole throws, and what `readDecisionFile` throws. */
  static async open(path: string, options: SessionOptions): Promise<ReviewSession> {
    const reviewer = expectReviewer(options.reviewer);
    const { decisions, torn } = await readDecisionFile(decisionPath(path));
    const { rows, unreadable, shape } = await readReviewRows(path, options);
    return new ReviewSession({ path, reviewer, shape, rows, unreadable }, decisions, torn);
  }

  /** All decisions so far, by everyone. */
  get decisions(): readonly Decision[] {
    return this.#decisions;
  }

  /** Lines of the file of decisions that a crash left unfinished. */
  get torn(): readonly number[] {
    return this.#torn;
  }

  /** What this reviewer's decisions make of the data, for one reading. */
  ownReview(): Review {
    return new Review({ path: decisionPath(this.path), decisions: [...this.#decisions], torn: [...this.#torn] }).by(this.reviewer);
  }

  /** This reviewer's last decision on a row. */
  decisionOn({ hash, copy }: Pick<ReviewRow, 'hash' | 'copy'>): Decision | undefined {
    const [all, one] = [{ hash }, { hash, copy }].map((row) => this.#last.get(`${this.reviewer} ${keyOf(row)}`));
    return (all !== undefined && one !== undefined ? (one.at > all.at ? one : all) : (one ?? all))?.decision;
  }

  /** The row that a verdict means; undefined when the data has none. Without `copy` the first of several. */
  find({ hash, copy }: Pick<Verdict, 'hash' | 'copy'>): ReviewRow | undefined {
    const other = copy === undefined ? 1 : copy === 1 ? undefined : copy; // one row alone has no number
    return this.#byKey.get(keyOf({ hash, copy })) ?? this.#byKey.get(keyOf({ hash, copy: other }));
  }

  /** The row that `turns` would make of `row`, or what is wrong with it. */
  tryEdit(row: ReviewRow, turns: readonly EditedTurn[]): { row: Row } | { problems: Problem[] } {
    if (row.turns === null || this.shape === null) {
      return {
        problems: [
          {
            file: this.path,
            line: row.line,
            message: 'has no turns that can be edited',
            hint: 'Accept, reject or note it; mend it in the file.',
          },
        ],
      };
    }
    try {
      const made = edited(row.row ?? row.flaws[0]!, withExtras(row.turns, turns), parserOf(this.shape), this.reviewer);
      const flaws = made.filter((one) => isFlaw(one));
      return flaws.length > 0 ? { problems: flaws.map((flaw) => flaw.problem) } : { row: made[0] as Row };
    } catch (error) {
      if (!(error instanceof FettleError)) throw error;
      const { hint } = error;
      return { problems: error.problems.map((problem) => ({ hint, ...problem })) };
    }
  }

  /**
   * Records decisions, all or none, flushed to disk before this returns. One that says again what stands already is left out.
   * Returns how many were added. Throws FETTLE_DATA naming every verdict that does not fit the data; FETTLE_NO_SPACE, FETTLE_PERMISSION.
   * @param places where each verdict came from, for errors
   */
  async decide(verdicts: readonly SaidVerdict[], places?: readonly Pick<Problem, 'file' | 'line'>[]): Promise<number> {
    const problems: Problem[] = [];
    const date = new Date().toISOString();
    const added: Decision[] = [];
    for (const [i, verdict] of verdicts.entries()) {
      const checked = this.#checked(verdict);
      if ('problems' in checked) problems.push(...checked.problems.map((problem) => ({ ...problem, ...places?.[i] })));
      else added.push({ ...checked.verdict, reviewer: verdict.reviewer ?? this.reviewer, date });
    }
    if (problems.length > 0)
      throw dataError('FETTLE_DATA', `expected decisions on rows of ${this.path}, found ${problems.length} that do not fit`, problems);
    const fresh = added.filter((decision) => !this.#stands(decision));
    await appendDecisions(decisionPath(this.path), fresh);
    this.#take(fresh);
    if (fresh.some(({ decision }) => decision === 'edited')) await sealVersions(this.path);
    return fresh.length;
  }

  #checked({ reviewer: _reviewer, ...verdict }: SaidVerdict): { verdict: Verdict } | { problems: Problem[] } {
    const row = this.find(verdict);
    if (row === undefined) {
      const what = verdict.copy === undefined ? '' : `, copy ${verdict.copy}`;
      return {
        problems: [
          {
            file: this.path,
            field: 'hash',
            message: `expected a row with the content hash ${verdict.hash}${what}, found none`,
            hint: 'fettle review DATA --json prints the hashes.',
          },
        ],
      };
    }
    if (verdict.turns === undefined) return { verdict };
    const made = this.tryEdit(row, verdict.turns);
    return 'problems' in made ? made : { verdict: { ...verdict, turns: turnsOf(made.row)! } };
  }

  #take(decisions: readonly Decision[]): void {
    const before = this.#decisions.length;
    this.#decisions = [...this.#decisions, ...decisions];
    for (const [i, decision] of decisions.entries())
      this.#last.set(`${decision.reviewer} ${keyOf(decision)}`, { decision, at: before + i });
  }

  #stands(decision: Decision): boolean {
    const before = this.#last.get(`${decision.reviewer} ${keyOf(decision)}`)?.decision;
    const said = ({ decision: kind, note, turns }: Decision) => JSON.stringify([kind, note ?? null, turns ?? null]);
    return before !== undefined && said(before) === said(decision);
  }
}

function expectReviewer(name: string): string {
  const parsed = reviewerSchema.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new FettleError(
    'FETTLE_INVALID_ARGUMENT',
    `expected the name of a reviewer, found ${JSON.stringify(name)}: ${issues(parsed.error)}`,
    {
      hint: 'For example --reviewer ada',
    },
  );
}

/** Edited turns with what a text alone does not hold (names, tool calls) taken over from the turns they replace. */
function withExtras(before: readonly EditedTurn[], after: readonly EditedTurn[]): EditedTurn[] {
  const samePlaces = before.length === after.length && before.every(({ role }, i) => role === after[i]!.role);
  return samePlaces ? after.map((turn, i) => ({ ...before[i]!, ...turn })) : [...after];
}
