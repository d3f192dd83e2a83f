/** One row of the queue as lines: why it is here, its findings, its turns with the places marked, the row it is compared with. */

import type { Finding } from '../../data/findings.ts';
import type { EditedTurn } from '../../data/review/decision.ts';
import type { QueueItem } from '../../data/review/queue.ts';
import type { ReviewRow } from '../../data/review/review-rows.ts';
import { wordDifference } from '../../data/word-difference.ts';
import { formatWhere } from '../../errors.ts';
import { type Line, line, type Style, span, wrap } from '../terminal/spans.ts';
import { markedText } from './marked-text.ts';

const indent = 2;
const fieldLength = 40;

const reasons = {
  finding: 'the check found something',
  suspicious: 'its loss stayed high in training',
  sample: 'drawn at random',
} as const;

const severityStyles: Readonly<Record<Finding['severity'], Style>> = { error: 'red', warning: 'yellow', note: 'cyan' };

/** Where the row stands, why it is shown and what is known of it besides its turns. */
export function placeLines(item: QueueItem, path: string, width: number): Line[] {
  const copy = item.copy === undefined ? '' : ` (copy ${item.copy} of this content)`;
  const fields = Object.entries(item.fields).filter(([, value]) => typeof value !== 'object' && String(value).length <= fieldLength);
  const known = fields.map(([name, value]) => `${name} ${String(value)}`).join(', ');
  const lines = wrap(
    [
      span(`${formatWhere({ file: path, line: item.line })}${copy}`, 'bold'),
      span(`  ${reasons[item.reason]}`),
      span(known === '' ? '' : `  ${known}`, 'dim'),
    ],
    width,
  );
  if (item.sealed) lines.push(line('belongs to a sealed test set, and stays there whatever you decide', 'cyan'));
  if (item.suspect !== null) {
    const { losses, neighbours } = item.suspect;
    const beside =
      neighbours.length === 0
        ? ''
        : `, while rows that ask alike have ${neighbours.map(({ line: at, loss }) => `${loss.toFixed(2)} (line ${at})`).join(', ')}`;
    lines.push(
      ...wrap([span('loss by epoch ', 'dim'), span(losses.map((loss) => loss.toFixed(2)).join(' '), 'yellow'), span(beside, 'dim')], width),
    );
  }
  for (const { reviewer, date, note } of item.notes)
    lines.push(...wrap([span(`${reviewer}, ${date.slice(0, 10)}: `, 'cyan'), span(note ?? '')], width));
  return lines;
}

/** Each finding with its field and its mend. */
export function findingLines(findings: readonly Finding[], width: number): Line[] {
  return findings.flatMap(({ severity, code, field, message, hint }) => [
    ...wrap(
      [span(`${severity} ${code}`, severityStyles[severity]), span(field === null ? '' : ` in ${field}`, 'dim'), span(`: ${message}`)],
      width,
    ),
    ...indented(wrap([span(hint, 'dim')], width - indent)),
  ]);
}

/** The turns, each under its role, the pieces that findings name marked. */
export function turnLines(turns: readonly EditedTurn[], fields: readonly string[], findings: readonly Finding[], width: number): Line[] {
  return turns.flatMap((turn, i) => {
    const field = fields[i];
    const own = findings.filter((one) => one.field !== null && one.field === field);
    const values = own.flatMap(({ value }) => value ?? []);
    const calls = turn.tool_calls === undefined ? [] : [span(JSON.stringify(turn.tool_calls, null, 2), 'dim')];
    const content =
      turn.content === '' && calls.length === 0 ? [span('(empty)', own.length > 0 ? 'mark' : 'dim')] : markedText(turn.content, values);
    const flag = own.length > 0 ? [span(`  ${own.map(({ code }) => code).join(', ')}`, severityStyles[own[0]!.severity])] : [];
    return [headingOf(turn.role, field, flag), ...indented(wrap([...content, ...calls], width - indent)), line('')];
  });
}

/** Edited turns, the words marked that were not there before. */
export function changedLines(
  before: readonly EditedTurn[],
  turns: readonly EditedTurn[],
  fields: readonly string[],
  width: number,
): Line[] {
  return turns.flatMap(({ role, content }, i) => {
    const [, now] = wordDifference(before[i]?.content ?? '', content);
    const spans = now.map(({ text, own }) => span(text, own ? 'added' : 'plain'));
    return [headingOf(role, fields[i]), ...indented(wrap(spans, width - indent)), line('')];
  });
}

export function headingOf(role: string, field: string | undefined, more: readonly { text: string; style: Style }[] = []): Line {
  return [span(role, 'bold'), span(field === undefined || field === role ? '' : ` (${field})`, 'dim'), ...more];
}

/** The row that a finding compares this one with; its words that this one does not have stand out. */
export function otherLines(other: ReviewRow, turns: readonly EditedTurn[], width: number): Line[] {
  return [
    line(`line ${other.line}, which it is compared with`, 'cyan'),
    ...(other.turns ?? []).flatMap(({ role, content }, i) => {
      const [theirs] = wordDifference(content, turns[i]?.content ?? '');
      const spans = theirs.map(({ text, own }) => span(text, own ? 'plain' : 'dim'));
      return [line(role, 'dim'), ...indented(wrap(spans, width - indent))];
    }),
  ];
}

export function indented(lines: readonly Line[]): Line[] {
  return lines.map((one) => [span(' '.repeat(indent)), ...one]);
}
