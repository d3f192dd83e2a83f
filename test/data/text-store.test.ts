import { expect, test } from 'vitest';
import { TextStore } from '../../src/data/similarity/text-store.ts';

test('texts come back as they were put in, from memory and from the temporary file', () => {
  const store = new TextStore(4 << 20); // one chunk in memory
  const texts = Array.from(
    { length: 300 },
    (_, i) => ['', 'a', `latin ${'é'.repeat(i)}`, `${'汉字'.repeat(20_000)} ${i}`, 'x'.repeat(i)][i % 5]!,
  );
  for (const text of texts) store.add(text);
  expect(store.size).toBe(300);
  expect(store.units).toBe(texts.reduce((n, text) => n + text.length, 0));
  for (const i of [...texts.keys()].reverse()) expect(store.text(i)).toBe(texts[i]);
  store.close();
});

test('of a very long text the beginning is kept', () => {
  const store = new TextStore(1);
  store.add('y'.repeat(1 << 20));
  expect(store.text(0)).toBe('y'.repeat(1 << 18));
});
