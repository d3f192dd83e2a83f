import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readExams, recordExam, runOf } from '../../src/eval/exams.ts';

const root = mkdtempSync(join(tmpdir(), 'fettle-exams-'));
afterAll(() => rmSync(root, { recursive: true }));

const exam = (times: number) => ({
  date: '2026-01-02T03:04:05.000Z',
  data: 'test.jsonl',
  reason: 'final',
  rows: 9,
  loss: 1.5,
  test_openings: times,
});

test('the run of an adapter is known from its result and its checkpoints, and only from a run', () => {
  mkdirSync(join(root, 'run', 'checkpoints', 'step-5', 'adapter'), { recursive: true });
  expect(runOf(join(root, 'run', 'adapter'))).toBeUndefined();
  for (const name of ['config.yaml', 'metrics.jsonl']) writeFileSync(join(root, 'run', name), '');
  for (const adapter of ['adapter', 'checkpoints/step-5/adapter']) expect(runOf(join(root, 'run', adapter))).toBe(join(root, 'run'));
  expect(runOf(root)).toBeUndefined();
});

test('exams are added, never lost to a line that a crash cut off', async () => {
  const run = join(root, 'run');
  expect(await readExams(run)).toEqual([]);
  await recordExam(run, exam(1));
  appendFileSync(join(run, 'eval', 'exams.jsonl'), '{"date": "20');
  await recordExam(run, exam(2));
  expect(await readExams(run)).toEqual([exam(1), exam(2)]);
});

test('scores that cannot be read are an error, not no scores', async () => {
  const run = join(root, 'unreadable');
  expect(await readExams(run)).toEqual([]);
  mkdirSync(join(run, 'eval', 'exams.jsonl'), { recursive: true });
  await expect(readExams(run)).rejects.toThrow('exams.jsonl');
});
