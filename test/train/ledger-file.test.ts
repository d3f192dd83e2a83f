import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type LedgerLine, openLedger, readLedger } from '../../src/train/ledger-file.ts';
import { countingRows, runFake } from './fake-job.ts';
import { FakeNative } from './fake-native.ts';
import { temporaryFolder } from './temporary-folder.ts';

const rows = countingRows(18);
const text = (output: string) => readFileSync(join(output, 'ledger.jsonl'), 'utf8');
const ledger = async (output: string): Promise<LedgerLine[]> => {
  const lines: LedgerLine[] = [];
  for await (const line of readLedger(join(output, 'ledger.jsonl'))) lines.push(line);
  return lines;
};
const key = ({ epoch, hash }: LedgerLine) => `${epoch} ${hash}`;

test('every row is there once an epoch, and the losses of a step are its mean', async () => {
  const output = temporaryFolder();
  const events = await runFake({ output, rows, train: { epochs: 3, early_stopping: null } });
  const lines = await ledger(output);
  expect(lines.map(key).sort()).toEqual([1, 2, 3].flatMap((epoch) => rows.map(({ hash }) => `${epoch} ${hash}`)).sort());
  for (const event of events) {
    if (event.type !== 'step') continue;
    const own = lines.filter(({ step }) => step === event.step);
    const supervised = own.reduce((sum, line) => sum + line.supervised_tokens, 0);
    expect(supervised).toBe(event.supervised_tokens);
    expect(own.reduce((sum, line) => sum + line.loss * line.supervised_tokens, 0) / supervised).toBeCloseTo(event.loss, 12);
  }
  expect(lines[0]).toMatchObject({ step: 1, epoch: 1, line: expect.any(Number) });
});

test.each([3, 11, 19, 26, 40])('a run that dies at engine call %i and is resumed has the same ledger', async (calls) => {
  const train = { max_steps: 14, save_steps: 3, early_stopping: null };
  const whole = temporaryFolder();
  await runFake({ output: whole, rows, train });
  const output = temporaryFolder();
  const native = new FakeNative();
  let left = calls;
  native.onCall = () => {
    if (--left < 0) throw new Error('killed');
  };
  await expect(runFake({ output, rows, train, native })).rejects.toThrow('killed');
  appendFileSync(join(output, 'ledger.jsonl'), '{"step":99,"epoch":9,"ha');
  await runFake({ output, rows, train, resume: true });
  expect(text(output)).toBe(text(whole));
});

test('opening cuts back to the step, and a line without its end', async () => {
  const path = join(temporaryFolder(), 'ledger.jsonl');
  const line = (step: number) => `${JSON.stringify({ step, epoch: 1, hash: 'ü', line: step, loss: 1, supervised_tokens: 2 })}\n`;
  const open = async (content: string, step: number) => {
    writeFileSync(path, content);
    (await openLedger(path, step)).close();
    return readFileSync(path, 'utf8');
  };
  expect(await open(line(1) + line(1) + line(2) + line(3), 2)).toBe(line(1) + line(1) + line(2));
  expect(await open(line(1) + line(2).trimEnd(), 2)).toBe(line(1));
  expect(await open(`${line(1)}{"step":2,"ep`, 5)).toBe(line(1));
  expect(await open(line(1), 0)).toBe('');
});

test('reading leaves out a torn last line, and refuses any other that is none', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'ledger.jsonl');
  const good = '{"step":1,"epoch":1,"hash":"a","line":1,"loss":0.5,"supervised_tokens":2}\n';
  writeFileSync(path, `${good}{"step":1,`);
  expect(await ledger(folder)).toHaveLength(1);
  writeFileSync(path, `${good}{"step":1}\n${good}`);
  await expect(ledger(folder)).rejects.toMatchObject({ code: 'FETTLE_DATA', problems: [{ file: path, line: 2 }] });
  await expect(ledger(join(folder, 'none'))).rejects.toMatchObject({ code: 'FETTLE_FILE_NOT_FOUND' });
});
