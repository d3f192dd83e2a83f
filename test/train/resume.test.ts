import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { philox4x32 } from '../../src/train/philox.ts';
import { fakeJob, runFake, trainSettings } from './fake-job.ts';
import { FakeNative } from './fake-native.ts';
import { temporaryFolder } from './temporary-folder.ts';

const train = { max_steps: 14, save_steps: 3, early_stopping: null };
const hashes = (output: string) =>
  ['adapter/adapter_model.safetensors', 'checkpoints/step-14/adapter_model.safetensors', 'checkpoints/step-14/optimizer.safetensors'].map(
    (name) =>
      createHash('sha256')
        .update(readFileSync(join(output, name)))
        .digest('hex'),
  );
const metrics = (output: string) =>
  readFileSync(join(output, 'metrics.jsonl'), 'utf8')
    .split('\n')
    .map((line) => line.replace(/"seconds":[^,}]*/, ''));

async function uninterrupted(): Promise<string> {
  const output = temporaryFolder();
  await runFake({ output, train });
  return output;
}

class Killed extends Error {}

/** Runs until the engine is called for the n-th time, where the process "dies". */
async function runUntilKilled(output: string, calls: number, resume: boolean): Promise<void> {
  const native = new FakeNative();
  let left = calls;
  native.onCall = () => {
    if (--left < 0) throw new Killed();
  };
  await runFake({ output, train, native, resume }).catch((error: unknown) => {
    if (!(error instanceof Killed)) throw error;
  });
}

test('a run that dies again and again ends in the same bits as one that did not', async () => {
  const whole = await uninterrupted();
  for (let seed = 0; seed < 12; seed++) {
    const output = temporaryFolder();
    const [a, b, c] = philox4x32([seed, 0, 0, 0], [1, 2]);
    for (const [i, word] of [a, b, c].entries()) await runUntilKilled(output, word % 45, i > 0);
    await runFake({ output, train, resume: true });
    expect(hashes(output)).toEqual(hashes(whole));
    expect(metrics(output)).toEqual(metrics(whole));
  }
});

test('a signal ends the run after the micro-batch, and it goes on from there to the same bits', async () => {
  const whole = await uninterrupted();
  for (let calls = 0; calls < 45; calls += 7) {
    const output = temporaryFolder();
    const controller = new AbortController();
    const native = new FakeNative();
    let left = calls;
    native.onCall = () => {
      if (--left < 0) controller.abort();
    };
    const events = await runFake({ output, train, native, signal: controller.signal });
    const last = events.at(-1)!;
    expect(last.type).toBe('stopped');
    expect(left, 'no call after the one that was running').toBe(-1);
    expect(last.type === 'stopped' && last.checkpoint !== null && existsSync(last.checkpoint)).toBe(true);
    await runFake({ output, train, resume: true });
    expect(hashes(output)).toEqual(hashes(whole));
    expect(metrics(output)).toEqual(metrics(whole));
  }
});

test('leftovers of a killed process are removed, torn and doubled lines too', async () => {
  const whole = await uninterrupted();
  const output = temporaryFolder();
  await runUntilKilled(output, 40, false);
  const step = Math.max(...readdirSync(join(output, 'checkpoints')).map((name) => Number(name.slice(5))));
  cpSync(join(output, 'checkpoints', `step-${step}`), join(output, 'checkpoints', `step-${step + 1}.tmp`), { recursive: true });
  rmSync(join(output, 'checkpoints', `step-${step + 1}.tmp`, 'fettle_state.json'));
  mkdirSync(join(output, 'adapter'), { recursive: true });
  writeFileSync(join(output, 'adapter', 'adapter_model.safetensors.tmp'), 'half');
  const first = readFileSync(join(output, 'metrics.jsonl'), 'utf8').split('\n')[1]!;
  appendFileSync(join(output, 'metrics.jsonl'), `${first}\n{"step":${step},"los`);
  await runFake({ output, train, resume: true });
  expect(hashes(output)).toEqual(hashes(whole));
  expect(metrics(output)).toEqual(metrics(whole));
  expect(readdirSync(join(output, 'checkpoints')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  expect(readdirSync(join(output, 'adapter')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('resuming an ended run with more steps goes on', async () => {
  const output = await uninterrupted();
  const events = await runFake({ output, train: { ...train, max_steps: 16 }, resume: true });
  expect(events.filter((event) => event.type === 'step').map((event) => event.step)).toEqual([15, 16]);
  expect(events.at(-1)).toMatchObject({ type: 'done', step: 16 });
});

test('the optimizer state and the data order matter: without either the bits differ', async () => {
  const whole = await uninterrupted();
  const output = temporaryFolder();
  await runUntilKilled(output, 40, false);
  const job = await fakeJob({ output, train, resume: true });
  expect(job.resume).toMatchObject({ step: expect.any(Number), pending_eval: false, data_order: { epoch: expect.any(Number) } });
  const other = { ...job, settings: trainSettings({ ...train, learning_rate: 0.05, seed: 43 }) };
  const { runTraining } = await import('../../src/train/loop.ts');
  for await (const _ of runTraining(other));
  expect(hashes(output)).not.toEqual(hashes(whole));
});
