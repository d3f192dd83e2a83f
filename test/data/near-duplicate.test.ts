import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkDataset } from '../../src/data/check.ts';
import { loadDataset } from '../../src/data/dataset.ts';
import { nearClusters } from '../../src/data/near-clusters.ts';
import { splitWithSeals } from '../../src/data/sealed-split.ts';
import { NearIndex } from '../../src/data/similarity/near-index.ts';
import { normalizeText } from '../../src/data/similarity/normalize.ts';
import { TextStore } from '../../src/data/similarity/text-store.ts';
import { dataFile } from './support/write-data.ts';

interface AlpacaRow {
  topic: string;
  instruction: string;
  input: string;
  output: string;
}

const zenithFile = new URL('../../examples/zenith/zenith.jsonl', import.meta.url).pathname;
const zenith: AlpacaRow[] = readFileSync(zenithFile, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

/** The pair findings of Zenith with rows added at the end, as `code later first`, lines from 1. */
async function pairFindings(...added: Partial<AlpacaRow>[]): Promise<string[]> {
  const path = dataFile([...zenith, ...added]);
  const found: string[] = [];
  for await (const one of checkDataset(path)) {
    if (!('summary' in one) && one.of_line !== undefined) found.push(`${one.code} ${one.line} ${one.of_line}`);
  }
  return found;
}

const row = (line: number, change: Partial<AlpacaRow>) => ({ ...zenith[line - 1]!, ...change });

/** Rows of Zenith (lines from 1) said again in other words, by hand. */
const reworded: readonly (readonly [line: number, input: string, output: string])[] = [
  [
    2,
    'Is same-day shipping to New York City something you offer?',
    'We do not deliver on the same day, neither in New York nor anywhere else. Express is the quickest choice: 1 to 2 business days for $14.99. Order a stocked item before 1 pm ET on a working day and it ships that day, so it might reach you tomorrow, but that is not a promise.\n\nTVs run on another timetable, with free appointment delivery in 5 to 8 business days.',
  ],
  [
    300,
    'will another brands charger kill the warranty on my A14, my son lost the one that came with it',
    "It won't void your warranty if you use a charger from another brand. Still, damage caused by it is not covered, and we don't test other makers' accessories with our laptops. To be safe, get the CH-65 for $49 plus tax, which is the right one. The bigger CH-100 for $69 works as well. Both have 90 days of accessory warranty. Stop using any charger that gets hot or smells burnt and let us know.",
  ],
  [
    100,
    'How long is the warranty on a replaced H10? You exchanged mine in May and the new one crackles again',
    'Sorry that the replacement crackles too. The replacement has the rest of the original warranty or 90 days, whichever lasts longer. Compare the end of the first year after purchase with 90 days after the exchange in May; the later one counts. If it is still covered, ask for another one at My Zenith > Support > Request a repair and mention the earlier exchange.',
  ],
  [
    50,
    'Our Horizon TV in the café has a burned patch after eight months of showing the menu. Surely the warranty covers it?',
    "I see why that's annoying in front of guests. Sadly the standard warranty excludes commercial use, which a menu screen in a cafe is, even after eight months. You can have it repaired for a fee: a TV visit costs $75, credited toward the repair, and you get a quote first. Paid repairs have a 90 day guarantee. If the spot is hot, smells burnt or smoked, unplug it and tell me at once.",
  ],
  [
    10,
    'I want a one-cable desk for my A16 with two HDMI monitors, keyboard and mouse, lid shut under the desk. Which dock do I get and how do I connect it all?',
    'The simplest way is the AD-1 dock for $129 plus tax; it drives two displays over one cable. Plug both monitors into the dock, the dock into a USB-C port of the A16, and the 100 W charger into the other port. Then arrange the screens in the display settings and choose what closing the lid does. Keep the vents free and set the charge limit to 80%.',
  ],
];

describe('pairs of rows', () => {
  test('Zenith has none', async () => expect(await pairFindings()).toEqual([]));

  test('near-duplicates: a typo, a greeting, other case', async () => {
    const first = zenith[1]!;
    const added = [
      row(2, { input: 'Do you do same day delivrey in NYC', output: first.output.replace('fastest', 'quickest') }),
      row(2, { input: `Hi! ${first.input}?`, output: `${first.output} Have a nice day.` }),
      row(5, { output: zenith[4]!.output.replace('tight but', 'a bit tight, but') }),
    ];
    expect(await pairFindings(...added)).toEqual(['near-duplicate 501 2', 'near-duplicate 502 2', 'near-duplicate 503 5']);
  });

  test('contradictions: another answer, another number, a denial', async () => {
    const added = [
      row(2, { output: 'Yes, in New York every order before noon comes the same evening. Choose it at checkout.' }),
      row(2, { input: 'do you do SAME DAY delivery in nyc??', output: zenith[1]!.output.replace('$14.99', '$4.99') }),
      row(4, { output: zenith[3]!.output.replace("isn't possible", 'is possible') }),
    ];
    expect(await pairFindings(...added)).toEqual(['contradiction 501 2', 'contradiction 502 2', 'contradiction 503 4']);
  });

  test('the same in other words', async () => {
    const found = await pairFindings(...reworded.map(([line, input, output]) => row(line, { input, output })));
    expect(found).toEqual(
      expect.arrayContaining(['near-duplicate 501 2', 'near-duplicate 502 300', 'near-duplicate 503 100', 'near-duplicate 504 50']),
    );
  });

  test('the same words about another model or number are another question', async () => {
    const ask = (model: string, hours: number) => ({
      instruction: 'Answer.',
      input: `How long does the battery of the ${model} last on one charge?`,
      output: `The ${model} runs for ${hours} hours.`,
    });
    expect(await pairFindings(ask('H10', 30), ask('H30', 40))).toEqual([]);
  });

  test('an answer pasted to another question', async () => {
    expect(await pairFindings(row(2, { input: zenith[99]!.input.split('').reverse().join('') }))).toEqual(['duplicate-answer 501 2']);
  });

  test('short labels may repeat', async () => {
    const label = (input: string, output: string) => ({ instruction: 'Say the mood.', input, output });
    expect(
      await pairFindings(
        label('a sunny morning walk', 'positive'),
        label('the train was late again', 'negative'),
        label('cake for everybody', 'positive'),
      ),
    ).toEqual([]);
  });
});

describe('splits', () => {
  test('near-duplicates never straddle parts', async () => {
    const twins = zenith.slice(0, 60).map((one, i) => ({
      ...one,
      input: `${one.input} ${['Thanks!', 'Please help', 'ok?'][i % 3]}`,
      output: i % 2 ? one.output : `Sure. ${one.output}`,
    }));
    const dataset = await loadDataset(dataFile([...zenith, ...twins]));
    const { split } = await splitWithSeals(dataset, {
      train: 0.8,
      validation: 0.1,
      test: 0.1,
      seed: 5,
      stratify_by: 'topic',
      group_by: null,
    });
    const partOf = new Map(
      (['train', 'validation', 'test'] as const).flatMap((part) => split[part].rows.map((one) => [one.line, part] as const)),
    );
    for (let i = 0; i < twins.length; i++) expect(partOf.get(501 + i)).toBe(partOf.get(i + 1));
    expect(split.report.together).toBeGreaterThanOrEqual(60);
    expect(split.report.together).toBeLessThanOrEqual(63);
  });

  test('nor do pairs in other words', async () => {
    const dataset = await loadDataset(dataFile([...zenith, ...reworded.map(([line, input, output]) => row(line, { input, output }))]));
    const clusters = await nearClusters(dataset.rows);
    for (const [i, [line]] of reworded.entries())
      expect(clusters.some((cluster) => cluster.includes(line - 1) && cluster.includes(500 + i))).toBe(true);
  });

  test('templated rows are no clusters', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => ({
      prompt: `What is item ${i}?`,
      completion: `Item ${i} is described on page ${i * 3} of the catalogue, at the top.`,
    }));
    expect((await nearClusters((await loadDataset(dataFile(rows))).rows)).length).toBeLessThan(10);
  });
});

test('NearIndex finds what brute force finds', () => {
  const texts = new TextStore(1 << 20);
  for (const { input } of zenith.slice(0, 80))
    for (const text of [input, input.replace(/(\w)(\w)/, '$2$1'), `well ${input} indeed`]) texts.add(normalizeText(text));
  const index = new NearIndex(texts);
  const brute: string[] = [];
  for (let b = 0; b < texts.size; b++) for (let a = 0; a < b; a++) if (index.similarity(a, b) >= 0.7) brute.push(`${a} ${b}`);
  const { a, b } = index.pairs(0.7);
  const found = new Set(Array.from(a.view(), (first, i) => `${first} ${b.at(i)}`));
  expect(brute.length).toBeGreaterThan(100);
  expect(brute.filter((pair) => found.has(pair)).length / brute.length).toBeGreaterThan(0.98);
});
