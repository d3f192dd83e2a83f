/** Gathers what a report shows: some examples of each finding with their rows, and where all of them lie. */
import type { CheckSummary } from '../check.ts';
import { type Finding, type FindingCode, findingKinds, type Severity } from '../findings.ts';
import { NumberList } from '../number-list.ts';
import { isFlaw } from '../read/record.ts';
import { type ReadOptions, readRows } from '../read-rows.ts';
import type { Row } from '../row.ts';

/** Examples shown of each code. */
const examplesEach = 30;

/** Errors first, then by how many rows it concerns. */
const rank: Record<Severity, number> = { error: 0, warning: 1, note: 2 };

export interface FindingGroup {
  code: FindingCode;
  severity: Severity;
  count: number;
  /** Whether the finding is about rows, not about the file as a whole. */
  examples: Finding[];
}

export interface CheckReport {
  summary: CheckSummary;
  groups: FindingGroup[];
  /** Rows of the examples, by line. */
  rows: ReadonlyMap<number, Row>;
  /** Lines of all errors and of all warnings, in the order of the findings. */
  lines: Record<'error' | 'warning', Uint32Array>;
}

export class ReportCollector {
  readonly #groups = new Map<string, FindingGroup>();
  readonly #lines = { error: new NumberList((n) => new Uint32Array(n)), warning: new NumberList((n) => new Uint32Array(n)) };

  add(finding: Finding): void {
    const { code, severity, line } = finding;
    const key = `${severity} ${code}`;
    const group = this.#groups.get(key) ?? { code, severity, count: 0, examples: [] };
    this.#groups.set(key, group);
    group.count++;
    if (group.examples.length < examplesEach) group.examples.push(finding);
    if (line !== null && severity !== 'note') this.#lines[severity].push(line);
  }

  /** Reads the rows of the examples once more from `path`, which must not be a pipe. */
  async finish(summary: CheckSummary, path: string, options: ReadOptions = {}): Promise<CheckReport> {
    const groups = [...this.#groups.values()].sort((a, b) => rank[a.severity] - rank[b.severity] || b.count - a.count);
    const wanted = new Set(summary.profile.topics.flatMap(({ lines }) => lines));
    for (const { examples } of groups)
      for (const { line, of_line } of examples) for (const one of [line, of_line]) if (one != null) wanted.add(one);
    const lines = { error: this.#lines.error.view(), warning: this.#lines.warning.view() };
    return { summary, groups, rows: await rowsAt(wanted, path, options), lines };
  }
}

async function rowsAt(lines: ReadonlySet<number>, path: string, options: ReadOptions): Promise<Map<number, Row>> {
  const rows = new Map<number, Row>();
  const last = Math.max(0, ...lines);
  for await (const row of readRows(path, options)) {
    if (isFlaw(row)) continue;
    if (lines.has(row.line)) rows.set(row.line, row);
    if (row.line >= last) break;
  }
  return rows;
}

/** What a code means. */
export function explain(code: FindingCode): { what: string; why: string; hint: string } {
  return findingKinds[code];
}
