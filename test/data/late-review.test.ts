/** The late detectors say the same in their own thread as in this one. */
import { expect, test } from 'vitest';
import { checkDataset } from '../../src/data/check.ts';
import { loadDataset } from '../../src/data/dataset.ts';
import type { Finding } from '../../src/data/findings.ts';
import { LateReview } from '../../src/data/late-review.ts';
import { dataFile } from './support/write-data.ts';

const words = 'return order parcel screen cable speaker refund account password update charger battery remote payment voucher'.split(' ');
const question = (i: number) => [3, 7, 11, 13].map((k) => words[(i * k + (i >> (k % 4))) % words.length]).join(' ');
const rows = Array.from({ length: 4600 }, (_, i) => ({
  prompt: `What about ${question(i)} ${i * 7919}?`,
  completion: `It is ${i} and ${question(i * 3)} there.`,
}));
rows[4500] = { ...rows[20]!, prompt: `${rows[20]!.prompt} Thanks` };
rows[30] = {
  prompt: 'Und nun?',
  completion: 'Sie können das Gerät innerhalb von dreißig Tagen nach der Lieferung zurückgeben, wenn Sie möchten.',
};

async function lateFindings(path: string): Promise<Finding[]> {
  const late = new LateReview();
  const found: Finding[] = [];
  try {
    for (const row of (await loadDataset(path)).rows) await late.see(row);
    for await (const one of late.finish()) found.push(one);
  } finally {
    await late.stop();
  }
  return found;
}

test('a thread finds what is found without one', async () => {
  const place = ({ code, line, of_line }: Finding) => `${code} ${line} ${of_line}`;
  const few = await lateFindings(dataFile([...rows.slice(0, 3000), rows[4500]!]));
  const many = await lateFindings(dataFile(rows));
  expect(few.map(place)).toContain('near-duplicate 3001 21');
  expect(many.map(place)).toContain('near-duplicate 4501 21');
  for (const found of [few, many]) expect(found.some(({ code, line }) => code === 'language-outlier' && line === 31)).toBe(true);
});

test('leaving early ends the thread', async () => {
  for await (const found of checkDataset(dataFile([...rows, { prompt: 'a', completion: '' }]))) {
    if (!('summary' in found) && found.code === 'empty-answer') break;
  }
});
