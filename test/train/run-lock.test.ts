import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { FettleError } from '../../src/errors.ts';
import type { RunEvent } from '../../src/train/events.ts';
import { finetune } from '../../src/train/finetune.ts';
import { RunLock } from '../../src/train/run-lock.ts';
import { collect } from './fake-job.ts';
import { adapterFile, smallConfig } from './small-run.ts';
import { temporaryFolder } from './temporary-folder.ts';

const child = fileURLToPath(new URL('run-lock-child.ts', import.meta.url));

async function processWithLock(folder: string): Promise<ChildProcess> {
  const holder = spawn(process.execPath, [child, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  return holder;
}

function refusal(folder: string): FettleError {
  try {
    RunLock.take(folder);
  } catch (error) {
    if (error instanceof FettleError) return error;
    throw error;
  }
  throw new Error('the lock was free');
}

test('a folder is locked once, in this process too, and free again after the release', () => {
  const folder = temporaryFolder();
  const lock = RunLock.take(folder);
  expect(refusal(folder)).toMatchObject({
    code: 'FETTLE_RUN_IN_USE',
    exitCode: 2,
    message: expect.stringContaining(`process ${process.pid}`),
  });
  lock.release();
  expect(existsSync(join(folder, 'run.lock'))).toBe(false);
  RunLock.take(folder).release();
});

test('another process is named while it lives; what kill -9 leaves of it keeps nobody out', async () => {
  const folder = temporaryFolder();
  const holder = await processWithLock(folder);
  expect(refusal(folder).message).toContain(`process ${holder.pid}`);
  holder.kill('SIGKILL');
  await once(holder, 'close');
  expect(existsSync(join(folder, 'run.lock'))).toBe(true);
  RunLock.take(folder).release();
});

test('many processes at once: one gets it', async () => {
  const folder = temporaryFolder();
  const holders = Array.from({ length: 5 }, () => spawn(process.execPath, [child, folder], { stdio: ['ignore', 'pipe', 'pipe'] }));
  let locked = 0;
  let refused = 0;
  for (const holder of holders) {
    holder.stdout.on('data', () => locked++);
    holder.on('close', (code) => code === 1 && refused++);
  }
  while (locked + refused < holders.length) await new Promise((resolve) => setTimeout(resolve, 20));
  for (const holder of holders) holder.kill('SIGKILL');
  expect({ locked, refused }).toEqual({ locked: 1, refused: 4 });
});

test('two runs never train into one output_dir: fresh or resumed, the second is refused and the first ends well', async () => {
  const folder = temporaryFolder();
  const config = smallConfig(folder);
  const refused: unknown[] = [];
  let last: RunEvent | undefined;
  for await (last of finetune(config)) {
    if (last.type !== 'step' || last.step > 1) continue;
    for (const resume of [true, false]) refused.push(await collect(finetune(config, { resume })).catch((error: unknown) => error));
  }
  expect(refused).toMatchObject([{ code: 'FETTLE_RUN_IN_USE' }, { code: 'FETTLE_OUTPUT_EXISTS' }]);
  expect(last).toMatchObject({ type: 'done' });
  expect(existsSync(adapterFile(folder))).toBe(true);
  expect(existsSync(join(folder, 'run', 'run.lock'))).toBe(false);
});
