import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import { areaLines } from '../../../src/cli/terminal/area-lines.ts';
import { toKey } from '../../../src/cli/terminal/key.ts';
import { justify, type Line, paint, span, widthOf, wrap } from '../../../src/cli/terminal/spans.ts';

const plain = picocolors.createColors(false);
const text = (lines: readonly Line[]) => lines.map((line) => line.map((one) => one.text).join(''));

test('wrapping breaks at blanks, keeps line breaks and indentation, and cuts words that are too long', () => {
  expect(text(wrap([span('one two three\n  four')], 8))).toEqual(['one two ', 'three', '  four']);
  expect(text(wrap([span('abcdefghij k')], 4))).toEqual(['abcd', 'efgh', 'ij k']);
  expect(text(wrap([span('a\n\nb')], 4))).toEqual(['a', '', 'b']);
  expect(text(wrap([span('日本語です')], 4)), 'wide characters take two columns').toEqual(['日本', '語で', 'す']);
});

test('styles survive wrapping', () => {
  expect(wrap([span('one '), span('two three', 'mark'), span(' four')], 9)).toEqual([
    [span('one '), span('two ', 'mark')],
    [span('three', 'mark'), span(' ')],
    [span('four')],
  ]);
});

test('painting cuts to the width, and data cannot steer the terminal', () => {
  expect(paint([span('abcdef')], 4, plain)).toBe('abc…');
  expect(paint([span('a\u001b[2Jb\rc')], 40, plain)).toBe('a\\u001b[2Jb\\u000dc');
  expect(paint([span('x'), span('at fault', 'mark')], 40, plain)).toBe('x⟦at fault⟧');
  expect(widthOf(justify([span('left')], [span('right')], 20))).toBe(20);
});

test('the cursor of a text is on the line where it stands', () => {
  expect(areaLines({ text: 'one two', cursor: 5 }, 4)).toEqual({
    lines: [[span('one ')], [span('t'), span('w', 'cursor'), span('o')]],
    cursor: 1,
  });
  expect(areaLines({ text: 'abcd', cursor: 4 }, 4).cursor).toBe(1);
  expect(text(areaLines({ text: 'a\nb', cursor: 1 }, 9).lines)).toEqual(['a ', 'b']);
});

test('keys', () => {
  expect(toKey('\u0003', { name: 'c', ctrl: true }, false)).toEqual({ name: 'ctrl-c', text: '' });
  expect(toKey('\r', { name: 'return' }, false)).toEqual({ name: 'return', text: '' });
  expect(toKey('\r', { name: 'return' }, true)).toEqual({ name: 'text', text: '\n' });
  expect(toKey('q', { name: 'q' }, true), 'a pasted letter is no command').toEqual({ name: 'text', text: 'q' });
  expect(toKey('\u001b', { name: 'escape', meta: true }, false)).toEqual({ name: 'escape', text: '' });
  expect(toKey('ß', {}, false)).toEqual({ name: 'text', text: 'ß' });
});
