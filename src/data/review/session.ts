/** The rows of a data file as they stand in it, and the recording of one or many decisions on them. */
import type { DataFormat } from '../../config/schema.ts';
import { FettleError, type Problem } from '../../errors.ts';
import { dataError } from '../dataset.ts';
import { type Flaw, isFlaw } from '../read/record.ts';
import { emptyData } from '../read/source.ts';
import { readRows } from '../read-rows.ts';
import type { Row, Shape } from '../row.ts';
import { parserOf } from '../shapes/registry.ts';
import { type Decision, type EditedTurn, keyOf, turnsOf, type Verdict } from './decision.ts';
import { appendDecisions, decisionPath, readDecisionFile } from './decision-file.ts';
import { draftTurns } from './draft-turns.ts';
import { edited, hashOf, Review } from './review.ts';

/** A row to decide on. */
export interface ReviewRow {
  /** Content hash; of the whole record where it is no usable row. */
  hash: string;
  /** Which of several rows with this content, from 1; absent where there is one. */
  copy?: number;
  line: number;
  /** Null where it is no usable row: then `flaws` say why. */
  row: Row | null;
  flaws: Flaw[];
  /** Null where it has none that could be edited (`tokens` rows). */
  turns: EditedTurn[] | null;
  /** What stands beside the turns (topic, id ...). */
  fields: Row['fields'];
}

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
  #decisions: Decision[];
  #torn: number[];

  private constructor(
    options: SessionOptions & Pick<ReviewSession, 'path' | 'shape' | 'rows' | 'unreadable'>,
    decisions: Decision[],
    torn: number[],
  ) {
    this.path = options.path;
    this.reviewer = options.reviewer;
    this.shape = options.shape;
    this.rows = options.rows;
    this.unreadable = options.unreadable;
    this.#decisions = decisions;
    this.#torn = torn;
    for (const row of this.rows) this.#byKey.set(keyOf(row), row);
  }

  /** Throws what reading the data as a whole throws, FETTLE_DATA_EMPTY, and what `readDecisionFile` throws. */
  static async open(path: string, options: SessionOptions): Promise<ReviewSession> {
    const { decisions, torn } = await readDecisionFile(decisionPath(path));
    const asItStands = new Review({ path: decisionPath(path), decisions: [], torn: [] });
    const rows: ReviewRow[] = [];
    const unreadable: Flaw[] = [];
    let shape: Shape | null = options.format === undefined || options.format === 'auto' ? null : options.format;
    for await (const found of readRows(path, { ...options, review: asItStands })) {
      const hash = hashOf(found);
      const last = rows.at(-1);
      if (hash === undefined) unreadable.push(found as Flaw);
      else if (!isFlaw(found)) {
        rows.push({ hash, line: found.line, row: found, flaws: [], turns: turnsOf(found) ?? null, fields: found.fields });
        shape ??= found.shape;
      } else if (last?.row === null && last.flaws[0]?.record === found.record) last.flaws.push(found);
      else rows.push({ hash, line: found.problem.line!, row: null, flaws: [found], turns: null, fields: {} });
    }
    if (rows.length === 0 && unreadable.length === 0) throw emptyData(path, 'it has only blanks, or a header without rows');
    for (const row of rows) {
      if (row.row !== null || shape === null) continue;
      const { keys } = parserOf(shape);
      const record = row.flaws[0]!.record!;
      row.turns = draftTurns(record, shape) ?? null;
      row.fields = Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
    }
    numberCopies(rows);
    return new ReviewSession({ ...options, path, shape, rows, unreadable }, decisions, torn);
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
    return new Review({ path: decisionPath(this.path), decisions: this.#decisions, torn: this.#torn }).by(this.reviewer);
  }

  /** This reviewer's last decision on a row. */
  decisionOn({ hash, copy }: Pick<ReviewRow, 'hash' | 'copy'>): Decision | undefined {
    return this.#decisions.findLast(
      (one) => one.reviewer === this.reviewer && one.hash === hash && (one.copy === undefined || one.copy === copy),
    );
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
    this.#decisions = [...this.#decisions, ...fresh];
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

  #stands(decision: Decision): boolean {
    const before = this.#decisions.findLast((one) => one.reviewer === decision.reviewer && keyOf(one) === keyOf(decision));
    const said = ({ decision: kind, note, turns }: Decision) => JSON.stringify([kind, note ?? null, turns ?? null]);
    return before !== undefined && said(before) === said(decision);
  }
}

function numberCopies(rows: readonly ReviewRow[]): void {
  const total = Map.groupBy(rows, ({ hash }) => hash);
  for (const copies of total.values()) if (copies.length > 1) for (const [i, row] of copies.entries()) row.copy = i + 1;
}

/** Edited turns with what a text alone does not hold (names, tool calls) taken over from the turns they replace. */
function withExtras(before: readonly EditedTurn[], after: readonly EditedTurn[]): EditedTurn[] {
  const samePlaces = before.length === after.length && before.every(({ role }, i) => role === after[i]!.role);
  return samePlaces ? after.map((turn, i) => ({ ...before[i]!, ...turn })) : [...after];
}
