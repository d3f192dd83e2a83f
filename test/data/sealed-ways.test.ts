/** Every way to sealed rows is refused: as a copy, pasted, in another shape or wrapping, by the library, the CLI, a config, on resume. */
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { findSeals, refuseSealed } from '../../src/data/seal.ts';
import { sealSplit, splitWithSeals } from '../../src/data/sealed-split.ts';
import { type Dataset, encodeDataset, finetune, loadDataset } from '../../src/index.ts';
import { runCli } from '../cli/run-cli.ts';
import { smallModel } from '../cli/small-model.ts';
import { fakeTokenizer } from './support/fake-tokenizer.ts';
import { chatml } from './support/templates.ts';
import { folder } from './support/write-data.ts';

const place = join(folder, 'project');
const data = join(place, 'rows.jsonl');
const config = { train: 0.7, validation: 0.15, test: 0.15, seed: 42, stratify_by: null, group_by: null };
const colours = 'red green blue black white brown pink grey gold silver'.split(' ');
const row = (i: number) => ({
  instruction: 'Answer the question of the guest.',
  input: `Which colour has door number ${i * 37} of the old hotel by the sea?`,
  output: `Door ${i * 37} is ${colours[i % 10]}; the key hangs on hook ${i} in the hall.`,
});
type ExampleRow = ReturnType<typeof row>;
let sealed: ExampleRow[];
let training: ExampleRow[];

const write = (name: string, rows: readonly object[]): string => {
  const path = join(place, name);
  writeFileSync(path, rows.map((one) => `${JSON.stringify(one)}\n`).join(''));
  return path;
};
const dataRow = ({ line }: { line: number }) => row(line - 1);
const refused = { code: 'FETTLE_SEALED' };

beforeAll(async () => {
  mkdirSync(place);
  write(
    'rows.jsonl',
    Array.from({ length: 40 }, (_, i) => row(i)),
  );
  const { split } = await splitWithSeals(await loadDataset(data), config);
  await sealSplit(split, join(place, 'parts'));
  sealed = split.test.rows.map(dataRow);
  training = split.train.rows.map(dataRow);
});

const messages = (...turns: [role: string, content: string][]) => ({ messages: turns.map(([role, content]) => ({ role, content })) });
const wrappings: [string, (one: ExampleRow) => object][] = [
  ['as it is', (one) => one],
  ['with other fields and blanks', (one) => ({ ...one, id: 7, output: ` ${one.output}\n` })],
  ['as messages', (one) => messages(['user', `${one.instruction}\n\n${one.input}`], ['assistant', one.output])],
  [
    'as messages with a system message',
    (one) => messages(['system', 'You are a porter.'], ['user', `${one.instruction}\n\n${one.input}`], ['assistant', one.output]),
  ],
  ['without its instruction', (one) => ({ prompt: one.input, completion: one.output })],
  ['with another instruction', (one) => ({ ...one, instruction: 'Reply briefly.' })],
  ['in capitals and without punctuation', (one) => ({ ...one, output: one.output.toUpperCase().replaceAll(/[;.]/g, '') })],
  [
    'as sharegpt',
    (one) => ({
      conversations: [
        { from: 'human', value: `${one.instruction}\n\n${one.input}` },
        { from: 'gpt', value: one.output },
      ],
    }),
  ],
];

test.each(wrappings)('a row pasted among others, %s', async (_name, wrap) => {
  const others = Array.from({ length: 5 }, (_, i) => wrap(row(100 + i)));
  const path = write('pasted.jsonl', [...others, wrap(sealed[0]!)]);
  const { rows } = await loadDataset(path);
  const seals = await findSeals({ data: [path] });
  expect(() => refuseSealed(rows, seals, 'training')).toThrow(
    expect.objectContaining({ ...refused, problems: [expect.objectContaining({ line: 6 })] }),
  );
  expect(() => refuseSealed(rows.slice(0, 5), seals, 'training')).not.toThrow();
});

test('rows that were not sealed are not refused', async () => {
  const { rows } = await loadDataset(write('training.jsonl', training));
  const seals = await findSeals({ data: [data] });
  expect(() => refuseSealed(rows, seals, 'training')).not.toThrow();
});

test('a link to the file from another folder', async () => {
  const elsewhere = join(folder, 'elsewhere');
  mkdirSync(elsewhere);
  symlinkSync(data, join(elsewhere, 'link.jsonl'));
  const { rows } = await loadDataset(join(elsewhere, 'link.jsonl'));
  const seals = await findSeals({ data: [join(elsewhere, 'link.jsonl')] });
  expect(() => refuseSealed(rows, seals, 'training')).toThrow(expect.objectContaining(refused));
});

test('the library: encodeDataset', async () => {
  const dataset: Dataset = await loadDataset(write('copy.jsonl', sealed));
  const options = {
    tokenizer: fakeTokenizer(),
    chatTemplate: chatml,
    eosIds: [4],
    train_on: 'completion',
    max_length: 200,
    long_examples: 'error',
  } as const;
  await expect(encodeDataset(dataset, options)).rejects.toMatchObject(refused);
});

async function train(parts: object, resume = false): Promise<string[]> {
  const events: string[] = [];
  const input = {
    model: smallModel,
    quantization: 'none',
    data: parts,
    train: { max_steps: 2, batch_size: 2 },
    output_dir: join(place, 'run'),
  } as const;
  for await (const { type } of finetune(input as Parameters<typeof finetune>[0], { resume })) events.push(type);
  return events;
}

test('the library: finetune, as training or validation rows, in a copy', async () => {
  const [good, bad] = [write('good.jsonl', training), write('bad.jsonl', sealed)];
  await expect(train({ train: bad, validation: good })).rejects.toMatchObject(refused);
  await expect(train({ train: good, validation: bad })).rejects.toMatchObject(refused);
  const mixed = write('mixed.jsonl', [...training, sealed[1]!]);
  await expect(train({ train: mixed, validation: good })).rejects.toMatchObject(refused);
});

test('a run that began before its rows were sealed is not resumed with them', async () => {
  const later = join(folder, 'later');
  mkdirSync(later);
  const [first, second] = ['first.jsonl', 'second.jsonl'].map((name) => join(later, name)) as [string, string];
  writeFileSync(first, training.map((one) => `${JSON.stringify(one)}\n`).join(''));
  writeFileSync(
    second,
    training
      .slice(0, 5)
      .map((one) => `${JSON.stringify(one)}\n`)
      .join(''),
  );
  const input = {
    model: smallModel,
    quantization: 'none',
    data: { train: first, validation: second },
    train: { max_steps: 2, batch_size: 2 },
    output_dir: join(later, 'run'),
  } as const;
  for await (const { type } of finetune(input as Parameters<typeof finetune>[0])) if (type === 'step') break;
  const { split } = await splitWithSeals(await loadDataset(first), config);
  await sealSplit(split, join(later, 'parts'));
  const resumed = finetune(input as Parameters<typeof finetune>[0], { resume: true });
  await expect(resumed[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused);
});

test('the command line: train, eval, check --fix, convert --to tokens, a later split', () => {
  const copy = join(place, 'copied.jsonl');
  copyFileSync(data, copy);
  write('bad.jsonl', sealed);
  write('good.jsonl', training);
  writeFileSync(
    join(place, 'fettle.yaml'),
    `model: ${smallModel}\nquantization: none\ndata: { train: bad.jsonl, validation: good.jsonl }\noutput_dir: run\n`,
  );
  for (const args of [
    ['train'],
    ['eval', '--model', smallModel, '--data', 'copied.jsonl'],
    ['check', 'copied.jsonl', '--fix', '--out', 'mended.jsonl'],
    ['convert', 'copied.jsonl', '--to', 'tokens', '--model', smallModel, '--out', 'tokens.jsonl'],
  ]) {
    const { code, stderr } = runCli(args, { cwd: place });
    expect([code, stderr]).toEqual([2, expect.stringContaining('FETTLE_SEALED')]);
  }
  expect(runCli(['split', 'copied.jsonl', '--out', 'again', '--seed', '7'], { cwd: place }).code).toBe(0);
  const test = readFileSync(join(place, 'again', 'test.jsonl'), 'utf8');
  for (const { input } of sealed) expect(test).toContain(input);
});

test('only --open-test with a reason opens them, and each opening is counted', () => {
  write('exam.jsonl', sealed);
  const exam = (...more: string[]) => runCli(['eval', '--model', smallModel, '--data', 'exam.jsonl', ...more], { cwd: place });
  expect(exam('--open-test').code).toBe(2);
  expect(exam('--reason', 'curious').code).toBe(2);
  for (const times of [1, 2]) {
    const { code, stdout } = exam('--open-test', '--reason', `exam ${times}`);
    expect([code, stdout]).toEqual([0, expect.stringMatching(times === 1 ? /opened once/ : /opened 2 times/)]);
  }
  const log = join(place, '.fettle', 'seals', 'rows.openings.jsonl');
  writeFileSync(log, readFileSync(log, 'utf8').replace('exam 1', 'exam 0'));
  expect(exam('--open-test', '--reason', 'exam 3').stderr).toMatch(/log of openings .* was edited/);
});
