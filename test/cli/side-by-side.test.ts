import { expect, test } from 'vitest';
import { sideBySide, wrap } from '../../src/cli/side-by-side.ts';

test('wraps at blanks, keeps line breaks, cuts what is too long', () => {
  expect(wrap('one two three\n\nabcdefghij', 8)).toEqual(['one two', 'three', '', 'abcdefgh', 'ij']);
});

const comparison = {
  question: 'Where is my parcel?',
  left: { title: 'base', text: 'I am a model.' },
  right: { title: 'tuned', text: 'On its way.\nTrack it.' },
};

test('two columns on a wide terminal', () => {
  const lines = sideBySide(comparison, 100).split('\n');
  expect(lines[0]).toBe('Q: Where is my parcel?');
  expect(lines[2]).toMatch(/^base {2,}\| tuned$/);
  expect(lines.slice(-2)).toEqual([expect.stringMatching(/^I am a model\. +\| On its way\.$/), expect.stringMatching(/^ +\| Track it\.$/)]);
});

test('one below the other on a narrow one', () => {
  expect(sideBySide(comparison, 40)).toBe('Q: Where is my parcel?\n\n[base]\nI am a model.\n\n[tuned]\nOn its way.\nTrack it.');
});
