/** Puts edited turns into a row's record, in the record's own shape: what was not edited stays as it stands. */
import { isDeepStrictEqual } from 'node:util';
import { type ConvertTarget, convertRow } from '../convert.ts';
import { isObject } from '../parse-row.ts';
import type { ChatRow, Row, Shape, Turn } from '../row.ts';
import { parserOf } from '../shapes/registry.ts';
import type { EditedTurn } from './decision.ts';

export type RowRecord = Readonly<Record<string, unknown>>;

/** The record of `row` with `turns`. Throws FETTLE_DATA_FORMAT for turns that its shape cannot hold. */
export function editRow(row: Row, turns: readonly EditedTurn[]): RowRecord {
  if (row.kind === 'tokens') return row.record;
  if (row.kind === 'text') return { ...row.record, text: turns[0]!.content };
  const chat = turns as readonly Turn[];
  if (!sameFrame(row.turns, chat)) return rewrite(row, chat);
  let { record } = row;
  for (const [i, { content }] of chat.entries()) {
    if (content === row.turns[i]!.content) continue;
    const split = row.shape === 'alpaca' && row.turnFields[i] === 'input';
    record = split ? { ...record, ...instructionAndInput(record.instruction, content) } : withText(record, row.turnFields[i]!, content);
  }
  return record;
}

/** A record that is no usable row (an empty answer, a missing field), made one by `turns`. Throws as `editRow`. */
export function mendRecord(
  record: RowRecord,
  shape: Shape,
  turns: readonly EditedTurn[],
  place: { file: string; line: number },
): RowRecord {
  if (shape === 'text') return { ...record, text: turns[0]!.content };
  if (shape === 'tokens') return record;
  const content = { kind: 'chat', turns: turns as readonly Turn[], turnFields: [], untrained: new Set<number>(), plain: false } as const;
  return rewrite({ ...content, ...place, shape, hash: '', fields: {}, record }, turns as readonly Turn[]);
}

/** Whether only texts differ, so that each can be put in its place. */
function sameFrame(before: readonly Turn[], after: readonly Turn[]): boolean {
  const frame = ({ content: _content, ...rest }: Turn) => rest;
  return isDeepStrictEqual(before.map(frame), after.map(frame));
}

/** The whole conversation written anew; a turn that was there before stays trained or not as it was. */
function rewrite(row: ChatRow, turns: readonly Turn[]): RowRecord {
  const wasUntrained = (turn: Turn) => row.turns.some((old, i) => row.untrained.has(i) && isDeepStrictEqual(old, turn));
  const untrained = new Set(turns.flatMap((turn, i) => (wasUntrained(turn) ? [i] : [])));
  const written = convertRow({ ...row, turns, untrained, fields: {} }, row.shape as ConvertTarget).row;
  const { record } = row;
  const alpaca = row.shape === 'alpaca' ? instructionAndInput(record.instruction, String(written.instruction)) : {};
  const { keys } = parserOf(row.shape);
  const kept = Object.fromEntries(Object.entries(record).filter(([key]) => key in written || !keys.includes(key)));
  return { ...kept, ...written, ...alpaca };
}

/** An alpaca row's user turn taken apart again, where it still begins with the instruction. */
function instructionAndInput(instruction: unknown, content: string): { instruction: string; input: string } {
  const before = `${String(instruction)}\n\n`;
  if (typeof instruction !== 'string' || !content.startsWith(before)) return { instruction: content, input: '' };
  return { instruction, input: content.slice(before.length) };
}

/** A copy of `record` with the text at a field such as `messages[2].content`. */
export function withText(record: RowRecord, field: string, text: string): RowRecord {
  const path = field.match(/[^.[\]]+/g) ?? [];
  const put = (value: unknown, [key, ...rest]: readonly string[]): unknown => {
    if (key === undefined) return text;
    if (Array.isArray(value)) return value.map((item: unknown, i) => (String(i) === key ? put(item, rest) : item));
    return isObject(value) ? { ...value, [key]: put(value[key], rest) } : value;
  };
  return put(record, path) as RowRecord;
}
