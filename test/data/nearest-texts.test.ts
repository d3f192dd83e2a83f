import { expect, test } from 'vitest';
import { nearestTexts } from '../../src/data/similarity/nearest-texts.ts';

const texts = [
  'where is my parcel today',
  'is my parcel here yet',
  'how do I clean the kettle',
  'the kettle is dirty, how do I clean it',
  '',
  'zebra',
];

test('the nearest come first, and only what shares a word', () => {
  const [parcel, , kettle, , empty, alone] = nearestTexts(texts, [...texts.keys()], 2);
  expect(parcel![0]).toMatchObject({ index: 1 });
  expect(kettle![0]).toMatchObject({ index: 3 });
  expect(kettle!.every(({ similarity }, i) => similarity <= (kettle![i - 1]?.similarity ?? 1))).toBe(true);
  expect([empty, alone]).toEqual([[], []]);
});

test('rare words weigh more than common ones', () => {
  const many = [
    ...Array.from({ length: 60 }, (_, i) => `please tell me about thing${i}`),
    'please tell me about quince jam',
    'a jam of quince',
  ];
  expect(nearestTexts(many, [60], 1)).toEqual([[{ index: 61, similarity: expect.any(Number) }]]);
});

test('as brute force, where nothing is cut off', () => {
  const words = Array.from({ length: 200 }, (_, i) => Array.from({ length: 6 }, (_, k) => `w${(i * 7 + k * k * 13) % 90}`).join(' '));
  const near = nearestTexts(words, [...words.keys()], 3);
  const df = new Map<string, number>();
  for (const text of words) for (const word of new Set(text.split(' '))) df.set(word, (df.get(word) ?? 0) + 1);
  const vector = (text: string) => {
    const counts = new Map<string, number>();
    for (const word of text.split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1);
    return new Map([...counts].map(([word, n]) => [word, (1 + Math.log(n)) * Math.log(201 / df.get(word)!)] as const));
  };
  const cosine = (a: Map<string, number>, b: Map<string, number>) => {
    const norm = (v: Map<string, number>) => Math.sqrt([...v.values()].reduce((sum, x) => sum + x * x, 0));
    return [...a].reduce((sum, [word, x]) => sum + x * (b.get(word) ?? 0), 0) / norm(a) / norm(b);
  };
  const vectors = words.map(vector);
  for (const [i, found] of near.entries()) {
    const best = vectors.map((other, j) => (j === i ? 0 : cosine(vectors[i]!, other))).sort((a, b) => b - a);
    for (const [k, { similarity }] of found.entries()) expect(similarity).toBeCloseTo(best[k]!, 5);
  }
});
