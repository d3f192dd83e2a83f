import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { FettleConfigInput } from '../../src/config/schema.ts';
import { finetune } from '../../src/train/finetune.ts';
import { philox4x32 } from '../../src/train/philox.ts';
import { adapterFile, sha256, smallConfig } from './small-run.ts';
import { temporaryFolder } from './temporary-folder.ts';

const child = fileURLToPath(new URL('kill-child.ts', import.meta.url));
const kills = process.env.FETTLE_SLOW === '1' ? 20 : 3;
const slowed = { max_steps: 40, save_steps: 3, eval_steps: 5, early_stopping: null };

/** Starts or resumes the run in a process of its own and kills it `milliseconds` after its first event; true when it was killed in time. */
function runAndKill(config: FettleConfigInput, milliseconds: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const run = spawn(process.execPath, [child, JSON.stringify(config)], { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    let done = false;
    run.stderr.on('data', (text: Buffer) => {
      errors += text.toString();
    });
    run.stdout.once('data', () => setTimeout(() => run.kill('SIGKILL'), milliseconds));
    run.stdout.on('data', (text: Buffer) => {
      done ||= text.toString().includes('done');
    });
    run.on('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(!done);
      else if (code === 0) resolve(false);
      else reject(new Error(errors));
    });
  });
}

test(`kill -9 at ${kills} random moments, resumed each time, gives the adapter of a run that was never stopped`, {
  timeout: 600_000,
}, async () => {
  const whole = temporaryFolder();
  const begun = performance.now();
  for await (const _ of finetune(smallConfig(whole, { train: slowed })));
  const length = performance.now() - begun;

  const folder = temporaryFolder();
  const config = smallConfig(folder, { train: slowed });
  let killed = 0;
  for (let i = 0; i < kills; i++) {
    const moment = (philox4x32([i, 0, 0, 0], [process.pid, 0])[0] / 2 ** 32) * (length / kills) * 2;
    if (await runAndKill(config, moment)) killed++;
  }
  for await (const _ of finetune(config, { resume: true }));
  expect(killed).toBeGreaterThan(0);
  expect(sha256(adapterFile(folder))).toBe(sha256(adapterFile(whole)));
  const steps = (from: string) =>
    readFileSync(join(from, 'run', 'metrics.jsonl'), 'utf8')
      .split('\n')
      .map((line) => line.replace(/"seconds":[^,}]*/, ''));
  expect(steps(folder)).toEqual(steps(whole));
  const ledger = (from: string) => readFileSync(join(from, 'run', 'ledger.jsonl'), 'utf8');
  expect(ledger(folder)).toBe(ledger(whole));
});
