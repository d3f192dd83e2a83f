/** The review screen: a state as the lines of a frame. */
import type { DecisionKind } from '../../data/review/decision.ts';
import type { QueueItem } from '../../data/review/queue.ts';
import type { ReviewRow } from '../../data/review/review-rows.ts';
import { areaLines } from '../terminal/area-lines.ts';
import { keyLines } from '../terminal/key-lines.ts';
import type { Size } from '../terminal/screen.ts';
import { justify, type Line, line, span, wrap } from '../terminal/spans.ts';
import { helpLines, keysOf } from './keys.ts';
import { changedLines, findingLines, headingOf, indented, otherLines, placeLines, turnLines } from './row-lines.ts';
import type { InlineEdit, ReviewState } from './state.ts';

export interface Around {
  path: string;
  reviewer: string;
  /** The row on a line of the file, for findings that compare two. */
  rowAt: (line: number) => ReviewRow | undefined;
}

const margin = 1;

/** The frame, and how far its row can be scrolled at most. */
export function drawReview(state: ReviewState, around: Around, size: Size): { lines: Line[]; scroll: number } {
  const width = size.width - 2 * margin;
  const head = [...headLines(state, around, width), line('')];
  const foot = footLines(state, width);
  const room = Math.max(1, size.height - head.length - foot.length);
  const { lines: body, cursor } = bodyLines(state, around, width);
  const most = Math.max(0, body.length - room);
  // While a text is written, the line of the cursor is always in sight.
  const wanted = cursor === undefined ? state.scroll : Math.max(0, cursor - Math.floor(room / 2));
  const scroll = Math.min(wanted, most);
  const shown = body.slice(scroll, scroll + room);
  const below = body.length - scroll - shown.length;
  if (below > 0) shown[shown.length - 1] = line(`${below + 1} more lines (down, space)`, 'dim');
  const padding = Array.from({ length: room - shown.length }, () => line(''));
  const lines = [...head, ...shown, ...padding, ...foot].map((one): Line => [span(' '.repeat(margin)), ...one]);
  return { lines, scroll };
}

function headLines({ items, at, decided }: ReviewState, { path, reviewer }: Around, width: number): Line[] {
  const place = items.length === 0 ? 'nothing to review' : at < items.length ? `row ${at + 1} of ${items.length}` : 'the end';
  const left = [span('fettle review', 'bold'), span(`  ${path}  by ${reviewer}`, 'dim')];
  const filled = items.length === 0 ? width : Math.round((width * decided.size) / items.length);
  return [
    justify(left, line(`${place}, ${decided.size} decided`), width),
    [span('━'.repeat(filled), 'green'), span('─'.repeat(width - filled), 'dim')],
  ];
}

function bodyLines(state: ReviewState, around: Around, width: number): { lines: Line[]; cursor?: number } {
  const item = state.items[state.at];
  if (state.mode.name === 'help') return { lines: helpLines(width) };
  if (item === undefined) return { lines: endLines(state, width) };
  const place = [...placeLines(item, around.path, width), line('')];
  if (state.mode.name === 'edit') {
    const { lines, cursor } = editLines(state.mode.edit, fieldsOf(item), width);
    return { lines: [...place, ...lines], cursor: place.length + cursor };
  }
  const fields = fieldsOf(item);
  if (state.mode.name === 'confirm') {
    const { turns, findings } = state.mode.edit;
    const found = findings.length === 0 ? [line('the check finds nothing in the edited row', 'green')] : findingLines(findings, width);
    return { lines: [...place, line('as edited', 'bold'), ...found, line(''), ...changedLines(item.turns ?? [], turns, fields, width)] };
  }
  const verdict = state.decided.get(state.at);
  const before = verdict === undefined ? [] : [line(`you ${words[verdict.decision]}; another key decides again`, 'green'), line('')];
  if (verdict?.turns !== undefined)
    return { lines: [...place, ...before, ...changedLines(item.turns ?? [], verdict.turns, fields, width)] };
  const findings = item.findings.length === 0 ? [] : [...findingLines(item.findings, width), line('')];
  const own = item.turns === null ? recordLines(item, width) : turnLines(item.turns, fields, item.findings, width);
  const nearest = item.suspect?.neighbours[0]?.line ?? [];
  const lines = item.findings.flatMap(({ of_line }) => of_line ?? []).concat(nearest);
  const others = [...new Set(lines)].flatMap((at) => around.rowAt(at) ?? []);
  const compared = others.flatMap((other) => [...otherLines(other, item.turns ?? [], width), line('')]);
  return { lines: [...place, ...before, ...findings, ...own, ...compared] };
}

const words: Readonly<Record<DecisionKind, string>> = {
  accepted: 'accepted this row',
  edited: 'edited this row, as shown',
  rejected: 'rejected this row',
  noted: 'noted something on this row',
};

/** The field of each turn, so that findings find their text. A row that is not usable has one for its last, missing text. */
function fieldsOf({ row, turns, findings }: QueueItem): readonly string[] {
  if (row?.kind === 'chat') return row.turnFields;
  if (row !== null) return ['text'];
  const field = findings.find((one) => one.field !== null)?.field;
  return (turns ?? []).map(({ role }, i) => (i === turns!.length - 1 && typeof field === 'string' ? field : role));
}

function recordLines({ row, flaws }: QueueItem, width: number): Line[] {
  return wrap([span(JSON.stringify(row?.record ?? flaws[0]?.record ?? null, null, 2))], width);
}

function editLines({ turns, turn, area }: InlineEdit, fields: readonly string[], width: number): { lines: Line[]; cursor: number } {
  const lines: Line[] = [];
  let cursor = 0;
  for (const [i, { role, content }] of turns.entries()) {
    const own = i === turn;
    lines.push(headingOf(role, fields[i], own ? [span('  editing', 'yellow')] : []));
    if (own) {
      const drawn = areaLines(area, width - 2);
      cursor = lines.length + drawn.cursor;
      lines.push(...indented(drawn.lines));
    } else lines.push(...indented(wrap([span(content, 'dim')], width - 2)));
    lines.push(line(''));
  }
  return { lines, cursor };
}

function endLines({ items, decided }: ReviewState, width: number): Line[] {
  const left = items.length - decided.size;
  const done = 'Every row of the queue is decided. --sample draws more rows, --export writes a clean data set.';
  const skipped = `The end of the queue; ${left} rows were skipped. b goes back, q leaves; they come again next time.`;
  const nothing = 'Nothing is left to review: the rows with findings are decided, and so is the sample. --sample draws more rows.';
  return wrap([span(items.length === 0 ? nothing : left === 0 ? done : skipped, left === 0 ? 'green' : 'plain')], width);
}

function footLines({ mode, message, items, at }: ReviewState, width: number): Line[] {
  const told = message === null ? [] : wrap([span(message.text, message.bad ? 'red' : 'green')], width);
  const written = mode.name === 'note' ? [line('a note on this row:', 'bold'), ...areaLines(mode.area, width).lines] : [];
  return [...told, line('─'.repeat(width), 'dim'), ...written, ...keyLines(keysOf(mode.name, items[at]), width)];
}
