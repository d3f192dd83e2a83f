/** What `fettle check` shows on the terminal: findings by kind, the worst first, then what they amount to. */
import type { CheckSummary } from '../data/check.ts';
import { type Finding, findingKinds, type Severity } from '../data/findings.ts';
import { formatWhere } from '../errors.ts';
import { grouped } from './numbers.ts';
import { outColors as c } from './output.ts';

/** Findings shown of each kind. */
const shownEach = 5;
const order: readonly Severity[] = ['error', 'warning', 'note'];
const mark: Record<Severity, string> = { error: c.red('error'), warning: c.yellow('warning'), note: c.cyan('note') };

interface Group {
  severity: Severity;
  code: Finding['code'];
  count: number;
  shown: Finding[];
}

export class CheckReport {
  readonly #groups = new Map<string, Group>();
  readonly #flagged = new Set<number>();

  add(finding: Finding): void {
    const { severity, code, line } = finding;
    const key = `${severity} ${code}`;
    const group = this.#groups.get(key) ?? { severity, code, count: 0, shown: [] };
    this.#groups.set(key, group);
    group.count++;
    if (group.shown.length < shownEach) group.shown.push(finding);
    if (line !== null && severity !== 'note') this.#flagged.add(line);
  }

  /** The findings by kind. */
  findings(): string {
    return [...this.#groups.values()]
      .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity) || b.count - a.count)
      .map(groupText)
      .join('\n\n');
  }

  summary({ file, shape, rows, usable, findings, accepted, tokenization }: CheckSummary): string {
    const unusable = usable === rows ? '' : `, ${grouped(usable)} usable`;
    const lines = [`${c.bold(file)}: ${grouped(rows)} rows${shape === null ? '' : ` of the shape ${shape}`}${unusable}`];
    const { error, warning, note } = findings;
    const share = ((this.#flagged.size / Math.max(1, rows)) * 100).toFixed(1);
    lines.push(
      error + warning + note === 0
        ? c.green('nothing found')
        : `${counted(error, 'error')}, ${counted(warning, 'warning')}, ${counted(note, 'note')}; ${counted(this.#flagged.size, 'row')} to look at (${share} %)`,
    );
    if (accepted > 0) lines.push(`${counted(accepted, 'finding')} accepted by reviewers`);
    if (tokenization !== null) {
      const { tokens, supervised_tokens, longest, over_long, supervised_beyond } = tokenization;
      lines.push(`${grouped(tokens)} tokens, ${grouped(supervised_tokens)} supervised; the longest row has ${grouped(longest)}`);
      if (over_long > 0)
        lines.push(`${counted(over_long, 'row')} too long: ${grouped(supervised_beyond)} supervised tokens lie beyond the limit`);
    }
    return lines.join('\n');
  }
}

function groupText({ severity, code, count, shown }: Group): string {
  const { what, why, hint } = findingKinds[code];
  const left = count - shown.length;
  return [
    `${mark[severity]} ${c.bold(code)} ${c.dim(grouped(count))}`,
    `  ${what} ${c.dim(why)}`,
    ...shown.map((one) => `  ${whereText(one)}  ${one.message}${valueText(one)}`),
    ...(left > 0 ? [c.dim(`  and ${grouped(left)} more: --all, --json or --html FILE shows them`)] : []),
    c.dim(`  ${hint}`),
  ].join('\n');
}

/** One finding on a line of its own. */
export function findingLine(finding: Finding): string {
  const { severity, code, message, hint } = finding;
  return `${whereText(finding)} ${mark[severity]} ${code}: ${message}${valueText(finding)} ${c.dim(`(${hint})`)}`;
}

function whereText({ file, line, field }: Finding): string {
  return c.bold(formatWhere({ file, line: line ?? undefined, field: field ?? undefined }));
}

/** The piece at fault, where the message does not quote it. */
function valueText({ value, message }: Finding): string {
  const text = value?.replaceAll(/\s+/g, ' ').trim() ?? '';
  return text === '' || message.includes(text) ? '' : `  ${c.dim(JSON.stringify(text))}`;
}

function counted(count: number, what: string): string {
  return `${grouped(count)} ${what}${count === 1 ? '' : 's'}`;
}
