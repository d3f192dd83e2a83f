/** `check --fix`: what is mended, what is left to a person, and that the data itself is never touched. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadDataset } from '../../src/data/dataset.ts';
import { type Change, type MendOptions, type MendSummary, mendDataset } from '../../src/data/mend/mend-dataset.ts';
import { sealSplit, splitWithSeals } from '../../src/data/sealed-split.ts';
import { freshFolder } from './review/support.ts';

interface Mended {
  changes: Change[];
  summary: MendSummary;
  rows: Record<string, unknown>[];
}

function file(rows: readonly (object | string)[], name = 'rows.jsonl'): string {
  const path = join(freshFolder(), name);
  writeFileSync(path, rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'));
  return path;
}

async function mend(path: string, options: MendOptions = {}, out = path.replace('rows', 'mended')): Promise<Mended> {
  const changes: Change[] = [];
  let summary: MendSummary | undefined;
  for await (const one of mendDataset(path, out, options)) {
    if ('change' in one) changes.push(one.change);
    if ('mended' in one) summary = one.mended;
  }
  const rows = readFileSync(out, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { changes, summary: summary!, rows };
}

const row = (output: string, input = 'How long is the shop open today?') => ({ id: 7, instruction: 'Answer.', input, output });

test.each([
  ['mojibake', 'Itâ€™s near the cafÃ© and costs 5 â‚¬.', 'It’s near the café and costs 5 €.'],
  ['mojibake of mojibake', 'The cafÃƒÂ© is open.', 'The café is open.'],
  ['accents that are meant', 'Die Straße führt über Âu zum cafÃ©.', 'Die Straße führt über Âu zum café.'],
  ['control characters', 'Open\u200b from\u0007 nine\u00ad to six.', 'Open from nine to six.'],
  ['terminal colours', 'Open \u001b[31mnow\u001b[0m.', 'Open now.'],
  ['half a surrogate pair', 'Open \ud83dnow, and 😀.', 'Open now, and 😀.'],
  ['HTML', '<p>Open <b>now</b> &amp; then.</p><ul><li>One</li><li>Two</li></ul>', 'Open now & then.\nOne\nTwo'],
  ['HTML beside code and what is no tag', 'Use `<b>` for List<T> if a < b.<br>Then go on.', 'Use `<b>` for List<T> if a < b.\nThen go on.'],
  ['escapes', 'Two steps:\\n1. Ring.\\n2. Wait at the caf\\u00e9.', 'Two steps:\n1. Ring.\n2. Wait at the café.'],
  ['URL encoding, but not in a link', 'It%20is open; see https://a.org/x%20y for more.', 'It is open; see https://a.org/x%20y for more.'],
  ['markers at the ends', '<|im_start|>assistant\nOpen from nine to six.<|im_end|></s>', 'Open from nine to six.'],
  ['a header', '### Response:\nOpen from nine to six.\n###', 'Open from nine to six.'],
])('%s', async (_, before, after) => {
  const { rows, changes, summary } = await mend(file([row(before)]));
  expect(rows).toEqual([row(after)]);
  expect(summary).toMatchObject({ kept: 0, changed: 1, dropped: 0 });
  expect(changes).toMatchObject([{ line: 1, field: 'output', before, after }]);
});

test.each([
  ['a placeholder', 'Write to [NAME] before nine.'],
  ['a lost character', 'Das Caf\uFFFD ist ge\uFFFDffnet.'],
  ['a marker in the middle, with what it stands in', 'Open now.\nUser: thanks\nAssistant: You are welcome.'],
  ['an answer of nothing but a marker', '<|im_end|>'],
  ['personal data, unless it is asked for', 'Write to anna@example.org.'],
])('%s is left to a person', async (_, output) => {
  const { rows, changes, summary } = await mend(file([row(output)]));
  expect(rows).toEqual([row(output)]);
  expect(changes).toEqual([]);
  expect(summary).toMatchObject({ kept: 1, changed: 0, dropped: 0 });
});

test('--redact: personal data and secrets in every text, order numbers stay', async () => {
  const before = row('Order 4111 is with anna@example.org, call (415) 555-2671.', 'My card is 4111 1111 1111 1111');
  const { rows } = await mend(file([before]), { redact: true });
  expect(rows).toEqual([row('Order 4111 is with [email], call [phone].', 'My card is [card]')]);
});

test('copies and lines that are no record are dropped, unusable records stay for a person; the data is not touched', async () => {
  const path = file([
    row('Nine to six.'),
    '{"torn',
    { ...row('Nine to six.'), id: 8 },
    { instruction: 'And then?' },
    row('Ten.', 'And on Sunday?'),
  ]);
  const before = readFileSync(path, 'utf8');
  const { rows, changes, summary } = await mend(path);
  expect(rows).toEqual([row('Nine to six.'), { instruction: 'And then?' }, row('Ten.', 'And on Sunday?')]);
  expect(changes).toMatchObject([
    { line: 2, dropped: 'invalid-json' },
    { line: 3, dropped: 'exact-duplicate' },
  ]);
  expect(summary).toMatchObject({ kept: 3, changed: 0, dropped: 2 });
  expect(readFileSync(path, 'utf8')).toBe(before);
});

test('every shape is mended where its texts stand, and read back as mended', async () => {
  const [question, answer, mended] = ['What&nbsp;now?', 'Wait<br>here.', 'Wait\nhere.'];
  const shapes = [
    {
      messages: [
        { role: 'user', content: question, name: 'ann' },
        { role: 'assistant', content: answer, weight: 1 },
      ],
      tools: [],
    },
    {
      conversations: [
        { from: 'human', value: question },
        { from: 'gpt', value: answer },
      ],
    },
    { prompt: question, completion: answer, topic: 'x' },
    { instruction: 'Do it&nbsp;now.', input: question, output: answer, history: [['a &amp; b', 'c']] },
    { text: answer },
  ];
  for (const shape of shapes) {
    const path = file([shape]);
    const { rows } = await mend(path);
    const expected = JSON.stringify(shape).replaceAll('&nbsp;', '\u00A0').replaceAll('&amp;', '&').replaceAll('<br>', '\\n');
    expect(rows).toEqual([JSON.parse(expected)]);
    const [read] = (await loadDataset(path.replace('rows', 'mended'))).rows;
    expect(read!.kind === 'text' ? read!.text : read!.kind === 'chat' && read!.turns.at(-1)!.content).toBe(mended);
  }
});

test('other formats keep theirs', async () => {
  const path = join(freshFolder(), 'rows.csv');
  writeFileSync(path, 'prompt,completion\n"Is it, now?",Yes &amp; no.\nAnd then?,Nothing at all.\n');
  const out = path.replace('rows', 'mended');
  for await (const _ of mendDataset(path, out));
  expect(readFileSync(out, 'utf8')).toBe('prompt,completion\n"Is it, now?",Yes & no.\nAnd then?,Nothing at all.\n');
});

test('sealed rows, the data itself and names of other formats are refused before anything is written', async () => {
  const words = 'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon'.split(' ');
  const path = file(words.map((word, i) => row(`The ${word} is open &amp; costs ${i}.`, `What about ${word}?`)));
  await expect(mend(path, {}, path)).rejects.toMatchObject({ code: 'FETTLE_USAGE' });
  await expect(mend(path, {}, `${path}.xlsx`)).rejects.toMatchObject({ code: 'FETTLE_USAGE' });
  const config = { train: 0.5, validation: 0.2, test: 0.3, seed: 1, stratify_by: null, group_by: null };
  const { split } = await splitWithSeals(await loadDataset(path), config);
  await sealSplit(split, join(path, '..'));
  const error = await mend(path).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: 'FETTLE_SEALED' });
  expect((error as { problems: unknown[] }).problems).toHaveLength(split.test.rows.length);
  expect(existsSync(path.replace('rows', 'mended'))).toBe(false);
});
