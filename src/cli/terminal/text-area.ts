/** A text of many lines under the hands of a person: pure, one state in, one state out. */
import type { Key } from './key.ts';

export interface TextArea {
  text: string;
  /** In UTF-16 code units. */
  cursor: number;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

export function textArea(text: string): TextArea {
  return { text, cursor: text.length };
}

/** The state after a key; undefined when the key means nothing to a text. */
export function editText(area: TextArea, key: Key): TextArea | undefined {
  const { text, cursor } = area;
  const [before, after] = [text.slice(0, cursor), text.slice(cursor)];
  switch (key.name) {
    case 'return':
      return insert(area, '\n');
    case 'backspace':
      return cut(area, cursor - lastGrapheme(before).length, cursor);
    case 'delete':
    case 'ctrl-d':
      return cut(area, cursor, cursor + firstGrapheme(after).length);
    case 'left':
    case 'ctrl-b':
      return { text, cursor: cursor - lastGrapheme(before).length };
    case 'right':
    case 'ctrl-f':
      return { text, cursor: cursor + firstGrapheme(after).length };
    case 'up':
      return { text, cursor: lineAbove(area) };
    case 'down':
      return { text, cursor: lineBelow(area) };
    case 'home':
    case 'ctrl-a':
      return { text, cursor: lineStart(text, cursor) };
    case 'end':
    case 'ctrl-e':
      return { text, cursor: lineEnd(text, cursor) };
    case 'alt-b':
    case 'ctrl-left':
      return { text, cursor: wordStart(before) };
    case 'alt-f':
    case 'ctrl-right':
      return { text, cursor: cursor + (/^\P{L}*\p{L}*/u.exec(after)?.[0].length ?? 0) };
    case 'ctrl-w':
      return cut(area, wordStart(before), cursor);
    case 'ctrl-u':
      return cut(area, lineStart(text, cursor), cursor);
    case 'ctrl-k':
      return cut(area, cursor, Math.max(lineEnd(text, cursor), Math.min(text.length, after.startsWith('\n') ? cursor + 1 : cursor)));
    default:
      return key.text === '' ? undefined : insert(area, key.text);
  }
}

function insert({ text, cursor }: TextArea, added: string): TextArea {
  return { text: text.slice(0, cursor) + added + text.slice(cursor), cursor: cursor + added.length };
}

function cut({ text }: TextArea, from: number, to: number): TextArea {
  return { text: text.slice(0, from) + text.slice(to), cursor: from };
}

function lastGrapheme(text: string): string {
  const end = text.slice(-64); // no character that a person sees as one is longer
  return [...segmenter.segment(end)].at(-1)?.segment ?? '';
}

function firstGrapheme(text: string): string {
  const [first] = segmenter.segment(text.slice(0, 64));
  return first?.segment ?? '';
}

function wordStart(before: string): number {
  return before.replace(/\p{L}*\P{L}*$/u, '').length;
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function lineAbove({ text, cursor }: TextArea): number {
  const start = lineStart(text, cursor);
  if (start === 0) return 0;
  const above = lineStart(text, start - 1);
  return Math.min(above + cursor - start, start - 1);
}

function lineBelow({ text, cursor }: TextArea): number {
  const end = lineEnd(text, cursor);
  if (end === text.length) return text.length;
  return Math.min(end + 1 + cursor - lineStart(text, cursor), lineEnd(text, end + 1));
}
