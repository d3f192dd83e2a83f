import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadTokenizerFromFolder } from '../../src/model/tokenizer/from-folder.ts';
import { codeUnitMap } from '../../src/model/tokenizer/offsets.ts';
import type { Expected } from './expected.ts';

const folder = (name: string) => new URL(`../fixtures/tokenizer/${name}`, import.meta.url).pathname;

describe.each(['small', 'spiece'])('%s: as the Python library encodes', async (name) => {
  const expected: Expected = JSON.parse(readFileSync(`${folder(name)}/expected.json`, 'utf8'));
  const { tokenizer, chatTemplate } = await loadTokenizerFromFolder(folder(name));

  test.each(expected.strings)('$text', ({ text, ids, tokens, offsets, decoded }) => {
    const encoding = tokenizer!.encode(text, { addSpecialTokens: true });
    expect(encoding.ids).toEqual(ids);
    expect(encoding.tokens).toEqual(tokens);
    const toCodeUnit = codeUnitMap(text);
    expect(encoding.offsets).toEqual(offsets.map(([from, to]) => [toCodeUnit(from), toCodeUnit(to)]));
    expect(tokenizer!.decode(ids)).toBe(decoded);
  });

  test.each(expected.without_special ?? [])('without special tokens: $text', ({ text, ids }) => {
    expect(tokenizer!.encode(text).ids).toEqual(ids);
  });

  test.each(expected.conversations ?? [])('renders $name', ({ messages, add_generation_prompt, text, ids }) => {
    const rendered = chatTemplate!.render(messages, { addGenerationPrompt: add_generation_prompt });
    expect(rendered).toBe(text);
    expect(tokenizer!.encode(rendered).ids).toEqual(ids);
  });
});
