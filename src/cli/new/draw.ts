/** The screen of `fettle new`: a state as the lines of a frame. */
import type { Coverage } from '../../data/new-rows/coverage.ts';
import type { Plan } from '../../data/new-rows/plan.ts';
import { findingLines, indented } from '../review/row-lines.ts';
import { areaLines } from '../terminal/area-lines.ts';
import { keyLines } from '../terminal/key-lines.ts';
import type { Size } from '../terminal/screen.ts';
import { justify, type Line, line, span, wrap } from '../terminal/spans.ts';
import { type Field, fields, type NewState } from './state.ts';

export interface Around {
  path: string;
  plan: Pick<Plan, 'instruction' | 'shape'>;
  coverage: Coverage;
  /** Lines of the file that are no usable rows. */
  flaws: number;
}

const margin = 1;

const keys = [
  ['ctrl-s', 'keep and write the next'],
  ['tab', 'next field'],
  ['up, down', 'in topic: choose'],
  ['esc', 'leave, the draft is kept'],
] as const;

export function drawNew(state: NewState, around: Around, size: Size): Line[] {
  const width = size.width - 2 * margin;
  const head = headLines(around, width);
  const told = state.message === null ? [] : wrap([span(state.message.text, state.message.bad ? 'red' : 'green')], width);
  const foot = [...told, line('─'.repeat(width), 'dim'), ...keyLines(keys, width)];
  const room = Math.max(1, size.height - head.length - foot.length);
  const { lines, cursor } = formLines(state, around, width);
  const body = [...lines, ...checkLines(state, width)];
  const scroll = Math.min(Math.max(0, cursor - Math.floor(room / 2)), Math.max(0, body.length - room));
  const shown = body.slice(scroll, scroll + room);
  const padding = Array.from({ length: room - shown.length }, () => line(''));
  return [...head, ...shown, ...padding, ...foot].map((one): Line => [span(' '.repeat(margin)), ...one]);
}

function headLines({ path, coverage, flaws }: Around, width: number): Line[] {
  const { rows, goal, topics, unlabelled } = coverage;
  const filled = Math.min(width, Math.round((width * rows) / goal));
  const missing = topics.flatMap(({ topic, rows: has, wanted, missing: lacks }, i) => [
    span(i === 0 ? '' : '   '),
    span(`${topic} `, lacks > 0 ? 'plain' : 'dim'),
    span(`${has}/${wanted}`, lacks > 0 ? 'yellow' : 'dim'),
  ]);
  return [
    justify([span('fettle new', 'bold'), span(`  ${path}`, 'dim')], line(`${rows} of ${goal} examples`), width),
    [span('━'.repeat(filled), 'green'), span('─'.repeat(width - filled), 'dim')],
    ...wrap(missing, width).slice(0, 4),
    ...(unlabelled > 0 ? [line(`${unlabelled} rows have no topic`, 'yellow')] : []),
    ...(flaws > 0
      ? [line(`${flaws} ${flaws === 1 ? 'line of the file is' : 'lines of the file are'} not usable: fettle check names them`, 'red')]
      : []),
    line(''),
  ];
}

function formLines(state: NewState, { plan }: Around, width: number): { lines: Line[]; cursor: number } {
  const lines: Line[] = [];
  let cursor = 0;
  if (plan.instruction !== '') {
    lines.push(line(plan.shape === 'alpaca' ? 'instruction, the same in every row' : 'told to the model in every row', 'dim'));
    lines.push(...indented(wrap([span(plan.instruction, 'dim')], width - 2)), line(''));
  }
  for (const field of fields) {
    const own = field === state.field;
    lines.push([span(field, own ? 'bold' : 'plain'), span(own ? hints[field] : '', 'dim')]);
    const drawn = areaLines(state.areas[field], width - 2);
    if (own) cursor = lines.length + drawn.cursor;
    lines.push(...indented(own ? drawn.lines : wrap([span(state.areas[field].text)], width - 2)), line(''));
  }
  return { lines, cursor };
}

const hints: Readonly<Record<Field, string>> = {
  topic: '  up and down choose; or write another',
  question: '  as a user would write it, slips included',
  answer: '  exactly what the model should say',
};

function checkLines({ checked, areas }: NewState, width: number): Line[] {
  if (checked === null) return [line(areas.question.text === '' && areas.answer.text === '' ? '' : 'checking ...', 'dim')];
  if (checked.row === null)
    return checked.problems.flatMap(({ field, message }) => wrap([span(`${field ?? ''}: `, 'dim'), span(message, 'dim')], width));
  const { findings } = checked;
  return findings.length === 0 ? [line('the check finds nothing', 'green')] : findingLines(findings, width);
}
