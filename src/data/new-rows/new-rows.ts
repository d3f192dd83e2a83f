/** A data set that is written by hand: each row checked beside those before it, and safe on disk before the next. */
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { FettleError, type Problem } from '../../errors.ts';
import { asReadError, isNotThere } from '../../system-errors.ts';
import { appendLines } from '../append-lines.ts';
import type { CheckOptions } from '../check.ts';
import { checkRow } from '../check-row.ts';
import type { Finding } from '../findings.ts';
import { parseRow } from '../parse-row.ts';
import { type Flaw, isFlaw } from '../read/record.ts';
import { openSource } from '../read/source.ts';
import { readRows } from '../read-rows.ts';
import type { Row } from '../row.ts';
import { parserOf } from '../shapes/registry.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { draftRecord } from './draft-record.ts';
import { type Draft, defaultPlan, emptyDraft, type NewShape, newShapes, type Plan, readPlan, writePlan } from './plan.ts';

/** A row that could be added: what it is, and what the check finds in it. */
export interface CheckedDraft {
  row: Row | null;
  /** What keeps it from being a row: a missing question, an empty answer. */
  problems: Problem[];
  findings: Finding[];
}

export class NewRows {
  readonly path: string;
  readonly plan: Plan;
  /** Lines of the file that are no usable rows: somebody must mend them there. */
  readonly flaws: readonly Flaw[];
  readonly #rows: Row[];
  #lines: number;

  private constructor(path: string, plan: Plan, rows: Row[], flaws: Flaw[]) {
    this.path = path;
    this.plan = plan;
    this.flaws = flaws;
    this.#rows = rows;
    this.#lines = Math.max(0, ...rows.map(({ line }) => line), ...flaws.map(({ problem }) => problem.line ?? 0));
  }

  /**
   * Opens a file that may not exist yet. What `wish` leaves out comes from the plan beside it, else from its rows.
   * Throws FETTLE_USAGE for a name or shape that cannot be added to, and what reading the file and the plan throws.
   */
  static async open(path: string, wish: Partial<Omit<Plan, 'draft'>> = {}): Promise<NewRows> {
    const rows: Row[] = [];
    const flaws: Flaw[] = [];
    if (!['.jsonl', '.ndjson'].includes(extname(path).toLowerCase())) {
      throw new FettleError('FETTLE_USAGE', `expected a file name that ends in .jsonl, found ${path}`, {
        hint: 'Rows are added one line at a time; fettle review --export writes other formats.',
      });
    }
    if (await holdsText(path)) {
      for await (const found of readRows(path)) {
        if (isFlaw(found)) flaws.push(found);
        else rows.push(found);
      }
    }
    const shape = shapeOf(rows, wish.shape, path);
    const kept = await readPlan(path);
    const plan = { ...defaultPlan, ...learned(rows), ...kept, ...wish, ...(shape !== undefined && { shape }) };
    return new NewRows(path, plan, rows, flaws);
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  get coverage(): Coverage {
    return coverageOf(this.#rows, this.plan);
  }

  /** What a draft would be as the next row, and what the check finds in it beside the others. */
  async check(draft: Draft, options: Pick<CheckOptions, 'facts' | 'model'> = {}): Promise<CheckedDraft> {
    return this.checkRecord(draftRecord(draft, this.plan), options);
  }

  /** The same for a record in the data's own shape. */
  async checkRecord(record: unknown, options: Pick<CheckOptions, 'facts' | 'model'> = {}): Promise<CheckedDraft> {
    const made = parseRow({ line: this.#lines + 1, value: record }, this.path, parserOf(this.plan.shape));
    const [row] = made;
    if (row === undefined || isFlaw(row)) return { row: null, problems: (made as Flaw[]).map(({ problem }) => problem), findings: [] };
    return { row, problems: [], findings: await checkRow(row, this.#rows, options) };
  }

  /** Adds a checked row; it is on disk when this returns. Throws FETTLE_NO_SPACE, FETTLE_PERMISSION. */
  async add(row: Row): Promise<void> {
    await appendLines(this.path, [row.record]);
    this.#lines++;
    this.#rows.push({ ...row, line: this.#lines });
  }

  /** Keeps the plan and the row that is being written. Throws FETTLE_PERMISSION, FETTLE_NO_SPACE. */
  async keep(draft: Draft = emptyDraft): Promise<void> {
    await writePlan(this.path, { ...this.plan, draft });
  }
}

/** Whether there is anything to read. Throws FETTLE_DATA_FORMAT for a file that lines cannot be added to. */
async function holdsText(path: string): Promise<boolean> {
  const info = await stat(path).catch((cause: unknown) => {
    if (isNotThere(cause)) return undefined;
    throw asReadError(cause, path);
  });
  if (info === undefined || (info.isFile() && info.size === 0)) return false;
  const source = await openSource(path);
  source.close();
  if (!/^\uFEFF?\s*\[/.test(source.head.toString('utf8'))) return true;
  throw new FettleError('FETTLE_DATA_FORMAT', `expected one row a line in ${path}, found a JSON array`, {
    hint: 'Lines cannot be added to an array: write it as JSON Lines first (fettle review DATA --export FILE.jsonl).',
    problems: [{ file: path, message: 'is a JSON array' }],
  });
}

/** The shape of the rows that are there, which a wish must agree with; undefined where there are none. */
function shapeOf(rows: readonly Row[], wish: NewShape | undefined, path: string): NewShape | undefined {
  const found = rows[0]?.shape;
  if (found === undefined) return undefined;
  const shape = newShapes.find((one) => one === found);
  if (shape !== undefined && (wish === undefined || wish === shape)) return shape;
  throw new FettleError('FETTLE_USAGE', `expected rows of the shape ${wish ?? newShapes.join(', ')} in ${path}, found ${found}`, {
    hint:
      shape === undefined
        ? 'Rows with a question and an answer can be written by hand; convert the file first.'
        : `Leave --template out: one file holds one shape (${found}).`,
  });
}

/** What rows say about a plan that nobody wrote down: their topics, and the instruction that most of them share. */
function learned(rows: readonly Row[]): Partial<Plan> {
  if (rows.length === 0) return {};
  const topics = [...new Set(rows.flatMap(({ fields }) => (typeof fields.topic === 'string' ? [fields.topic] : [])))];
  const instructions = rows.flatMap(({ record }) =>
    typeof record.input === 'string' && record.input !== '' ? [String(record.instruction)] : [],
  );
  const common = [...Map.groupBy(instructions, (text) => text)].sort(([, a], [, b]) => b.length - a.length)[0];
  return { topics, ...(common !== undefined && common[1].length * 2 > rows.length && { instruction: common[0] }) };
}
