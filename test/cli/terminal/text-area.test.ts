import { expect, test } from 'vitest';
import type { Key } from '../../../src/cli/terminal/key.ts';
import { editText, type TextArea, textArea } from '../../../src/cli/terminal/text-area.ts';

const key = (name: string, text = ''): Key => ({ name, text });
/** The text with | at the cursor. */
const shown = ({ text, cursor }: TextArea) => `${text.slice(0, cursor)}|${text.slice(cursor)}`;

function after(start: string, ...names: string[]): string {
  const at = start.indexOf('|');
  const area = { text: start.replace('|', ''), cursor: at };
  return shown(names.reduce<TextArea>((state, name) => editText(state, key(name)) ?? state, area));
}

test('characters, line breaks and pastes are put at the cursor', () => {
  const typed = ['a', 'ü', '😀'].reduce<TextArea>((area, text) => editText(area, key('text', text))!, textArea('x'));
  expect(shown(typed)).toBe('xaü😀|');
  expect(shown(editText({ text: 'ab', cursor: 1 }, key('return'))!)).toBe('a\n|b');
  expect(shown(editText({ text: 'ab', cursor: 1 }, key('text', 'one\ntwo'))!)).toBe('aone\ntwo|b');
});

test('deleting takes what a person sees as one character', () => {
  expect(after('a👩‍👩‍👧|b', 'backspace')).toBe('a|b');
  expect(after('a|e\u0301b', 'delete')).toBe('a|b');
  expect(after('|a', 'backspace')).toBe('|a');
  expect(after('one two| three', 'ctrl-w')).toBe('one | three');
  expect(after('a\none| two', 'ctrl-u')).toBe('a\n| two');
  expect(after('one| two\nb', 'ctrl-k')).toBe('one|\nb');
  expect(after('one|\nb', 'ctrl-k')).toBe('one|b');
});

test('moving by characters, words and lines', () => {
  expect(after('a😀|b', 'left')).toBe('a|😀b');
  expect(after('a|😀b', 'right')).toBe('a😀|b');
  expect(after('|one two', 'alt-f', 'alt-f')).toBe('one two|');
  expect(after('one two|', 'alt-b')).toBe('one |two');
  expect(after('long line\nab\nthird| line', 'up')).toBe('long line\nab|\nthird line');
  expect(after('long| line\nab\nthird', 'down', 'down')).toBe('long line\nab\nth|ird');
  expect(after('on|e', 'up')).toBe('|one');
  expect(after('on|e', 'down')).toBe('one|');
  expect(after('a\nb|c\nd', 'home')).toBe('a\n|bc\nd');
  expect(after('a\n|bc\nd', 'end')).toBe('a\nbc|\nd');
});

test('keys that mean nothing to a text are left to others', () => {
  expect(editText(textArea('a'), key('tab'))).toBeUndefined();
  expect(editText(textArea('a'), key('escape'))).toBeUndefined();
});
