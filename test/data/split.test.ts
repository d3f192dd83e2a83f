import { describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/data/dataset.ts';
import { likenessText, partLikeness } from '../../src/data/likeness.ts';
import type { Row } from '../../src/data/row.ts';
import { type SplitConfig, splitDataset } from '../../src/data/split.ts';

const parts = ['train', 'validation', 'test'] as const;
const base: SplitConfig = { train: 0.8, validation: 0.1, test: 0.1, seed: 42, stratify_by: null, group_by: null };

function textRow(i: number, fields: Record<string, unknown> = {}): Row {
  return { kind: 'text', text: `row ${i}`, file: 'f', line: i + 1, shape: 'text', hash: `hash ${i}`, fields, record: fields };
}

function dataset(rows: Row[]): Dataset {
  return { path: 'f', shape: 'text', rows };
}

const numbered = (n: number, fields: (i: number) => Record<string, unknown> = () => ({})) =>
  dataset(Array.from({ length: n }, (_, i) => textRow(i, fields(i))));
const hashes = (data: Dataset) => data.rows.map((row) => row.hash);
const sizes = (split: ReturnType<typeof splitDataset>) => parts.map((part) => split[part].rows.length);

/** A small generator for the property tests. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('splitDataset', () => {
  test('80/10/10, every row once, in the order of the file', () => {
    const split = splitDataset(numbered(500), base);
    expect(sizes(split)).toEqual([400, 50, 50]);
    const all = parts.flatMap((part) => hashes(split[part]));
    expect(new Set(all).size).toBe(500);
    expect(split.train.rows.map((row) => row.line)).toEqual(split.train.rows.map((row) => row.line).sort((a, b) => a - b));
  });

  test('the seed decides, and nothing else', () => {
    const one = hashes(splitDataset(numbered(200), base).test);
    expect(hashes(splitDataset(numbered(200), base).test)).toEqual(one);
    expect(hashes(splitDataset(numbered(200), { ...base, seed: 43 }).test)).not.toEqual(one);
  });

  test('1,000 random sizes and shares: every part of every stratum is less than one row off, added rows move none', () => {
    const next = random(7);
    for (let round = 0; round < 1000; round++) {
      const n = 40 + Math.floor(next() * 120);
      const validation = 0.05 + next() * 0.25;
      const testShare = next() < 0.2 ? 0 : 0.05 + next() * 0.25;
      const shares = { train: 1 - validation - testShare, validation, test: testShare };
      const strata = 1 + Math.floor(next() * 6);
      const config = { ...base, ...shares, seed: round, stratify_by: strata === 1 ? null : 'topic' };
      const topics = Array.from({ length: n + 12 }, () => Math.floor(next() ** 2 * strata));
      const all = numbered(n + 12, (i) => ({ topic: topics[i] }));
      const split = splitDataset(dataset(all.rows.slice(0, n)), config);
      for (const counts of Object.values(split.report.strata)) {
        const size = counts.train + counts.validation + counts.test;
        for (const part of parts) expect(Math.abs(counts[part] - shares[part] * size)).toBeLessThan(1);
      }
      const grown = splitDataset(all, config);
      for (const part of parts) expect(hashes(grown[part]).slice(0, split[part].rows.length)).toEqual(hashes(split[part]));
    }
  });

  test('500 random sets with pairs that stay together: none straddles, and no part of a stratum is two rows off', () => {
    const next = random(11);
    for (let round = 0; round < 500; round++) {
      const n = 60 + Math.floor(next() * 200);
      const validation = 0.1 + next() * 0.05;
      const shares = { train: 0.9 - validation, validation, test: 0.1 };
      const topics = Array.from({ length: n }, () => Math.floor(next() ** 2 * 5));
      const clusters = Array.from({ length: Math.floor(n / 12) }, (_, k) => [k * 5, k * 5 + 1 + Math.floor(next() * 3)]);
      const all = numbered(n, (i) => ({ topic: topics[i] }));
      const split = splitDataset(all, { ...base, ...shares, seed: round, stratify_by: 'topic' }, { clusters });
      const partOf = new Map(parts.flatMap((part) => split[part].rows.map((row) => [row.line - 1, part] as const)));
      for (const [a, b] of clusters) expect(partOf.get(a!)).toBe(partOf.get(b!));
      for (const counts of Object.values(split.report.strata)) {
        const size = counts.train + counts.validation + counts.test;
        for (const part of parts) expect(Math.abs(counts[part] - shares[part] * size)).toBeLessThan(2);
      }
      expect(split.report.near_duplicates.clusters).toBe(clusters.length);
    }
  });

  test('rows that an earlier split placed stay, even when a new row joins two of them', () => {
    const earlier = new Map([
      ['hash 0', 'train'],
      ['hash 1', 'validation'],
    ] as const);
    const split = splitDataset(numbered(100), base, { earlier, clusters: [[0, 1, 50]] });
    const partOf = (i: number) => parts.find((part) => hashes(split[part]).includes(`hash ${i}`));
    expect([partOf(0), partOf(1)]).toEqual(['train', 'validation']);
  });

  test('@cluster: each part gets the same mix of topics', () => {
    const subjects = ['cats and dogs and other pets', 'engines, gears and oil changes', 'loans, rates and monthly savings'];
    const rows = Array.from(
      { length: 240 },
      (_, i) => ({ ...textRow(i), text: `${subjects[i % 3]} part ${String.fromCharCode(97 + (i % 26))}` }) as Row,
    );
    const split = splitDataset(dataset(rows), { ...base, stratify_by: '@cluster' });
    expect(Object.keys(split.report.strata).length).toBeGreaterThan(2);
    const likeness = partLikeness(split);
    for (const part of ['validation', 'test'] as const) {
      const topics = likeness[part].find(({ of }) => of === 'topics')!;
      expect(topics.total_variation).toBeLessThan(topics.by_chance);
    }
  });

  test('a part that is not like the whole is told', () => {
    const whole = numbered(300, (i) => ({ topic: i % 3 }));
    const split = splitDataset(whole, { ...base, stratify_by: 'topic' });
    const odd = { ...split, test: { ...split.test, rows: whole.rows.filter((row) => row.fields.topic === 0).slice(0, 40) } };
    const likeness = partLikeness(odd);
    expect(likenessText('test', 40, likeness.test)).toMatch(/differs from the whole in .*topic/);
    expect(likenessText('validation', 30, likeness.validation)).toMatch(/looks like the whole/);
  });

  test('the whole is balanced too, with many small strata', () => {
    const split = splitDataset(
      numbered(500, (i) => ({ topic: i % 100 })),
      { ...base, stratify_by: 'topic' },
    );
    expect(Math.abs(split.validation.rows.length - 50)).toBeLessThanOrEqual(2);
    expect(Math.abs(split.test.rows.length - 50)).toBeLessThanOrEqual(2);
  });

  test('groups, copies and clusters stay whole', () => {
    const rows = numbered(300, (i) => ({ customer: `c${i % 60}` })).rows as Row[];
    rows.push({ ...rows[5]!, line: 301, fields: { customer: 'other' } });
    const split = splitDataset(dataset(rows), { ...base, group_by: 'customer' }, { clusters: [[0, 1, 2]] });
    const partsOf = (match: (row: Row) => boolean) => new Set(parts.filter((part) => split[part].rows.some(match)));
    for (let i = 0; i < 60; i++) expect(partsOf((row) => row.fields.customer === `c${i}`).size).toBe(1);
    expect(partsOf((row) => row.hash === 'hash 5').size).toBe(1);
    expect(partsOf((row) => ['hash 0', 'hash 1', 'hash 2'].includes(row.hash)).size).toBe(1);
    expect(split.validation.rows.length).toBeGreaterThanOrEqual(25);
    expect(split.validation.rows.length).toBeLessThanOrEqual(35);
  });

  test('sealed rows stay in test whatever the seed and share, an earlier split is kept', () => {
    const first = splitDataset(numbered(100), base);
    const sealed = new Set(hashes(first.test));
    const again = splitDataset(numbered(120), { ...base, seed: 9, test: 0, train: 0.9 }, { sealed });
    expect(hashes(again.test)).toEqual(hashes(first.test));
    const earlier = new Map(parts.flatMap((part) => hashes(first[part]).map((hash) => [hash, part] as const)));
    const shuffled = dataset([...numbered(130).rows].reverse());
    const kept = splitDataset(shuffled, base, { earlier });
    for (const part of parts) expect(hashes(kept[part])).toEqual(expect.arrayContaining(hashes(first[part])));
  });

  test('nothing but sealed rows is refused', () => {
    const data = numbered(30);
    expect(() => splitDataset(data, base, { sealed: new Set(hashes(data)) })).toThrow(
      expect.objectContaining({ code: 'FETTLE_SEALED', problems: expect.objectContaining({ length: 30 }) }),
    );
  });

  test('a field that no row has, and too few rows', () => {
    expect(() =>
      splitDataset(
        numbered(30, () => ({ topic: 'x' })),
        { ...base, stratify_by: 'topik' },
      ),
    ).toThrow(/expected the field "topik"/);
    expect(() => splitDataset(numbered(1), base)).toThrow(expect.objectContaining({ code: 'FETTLE_DATA' }));
    expect(sizes(splitDataset(numbered(2), base))).toEqual([1, 1, 0]);
  });

  test('says what is too small or unusual', () => {
    const { notes } = splitDataset(numbered(50), { ...base, train: 0.9, validation: 0.05, test: 0.05 }).report;
    expect(notes.join('\n')).toMatch(/train is 90 %/);
    expect(notes.join('\n')).toMatch(/validation has \d rows/);
  });
});
