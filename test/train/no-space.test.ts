/** A limit on the size of a file stands for a full disk: both stop a write half way. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { latestCheckpoint } from '../../src/train/checkpoint.ts';
import { RunFolder } from '../../src/train/run-folder.ts';
import { runFake } from './fake-job.ts';
import { temporaryFolder } from './temporary-folder.ts';

const child = fileURLToPath(new URL('no-space-child.ts', import.meta.url));

function trainWithLimit(output: string, kibibytes: number, ...settings: number[]): { code: string; exit: number; message: string } {
  const command = `ulimit -f ${kibibytes}; exec "$0" "$@"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', command, process.execPath, child, output, ...settings.map(String)], {
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as { code: string; exit: number; message: string };
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile());
}

test.skipIf(process.platform === 'win32').each([
  { what: 'checkpoints', saveSteps: 1, batchSize: 1, limit: 9 },
  { what: 'metrics.jsonl', saveSteps: 40, batchSize: 1, limit: 12 },
  { what: 'ledger.jsonl', saveSteps: 10, batchSize: 4, limit: 8 },
])('no space left while writing $what: exit 3, the last whole checkpoint stays, no partial file', async (one) => {
  const { what, saveSteps: save_steps, batchSize: batch_size, limit } = one;
  const output = temporaryFolder();
  const failure = trainWithLimit(output, limit, save_steps, batch_size);
  expect(failure).toMatchObject({ code: 'FETTLE_NO_SPACE', exit: 3 });
  expect(failure.message).toContain(what);

  expect(filesUnder(output).filter((name) => name.includes('.tmp'))).toEqual([]);
  for (const name of ['metrics.jsonl', 'ledger.jsonl']) {
    const lines = readFileSync(join(output, name), 'utf8').split('\n');
    expect(lines.pop()).toBe('');
    for (const line of lines) JSON.parse(line);
  }
  const last = await latestCheckpoint(new RunFolder(output));
  expect(last!.step).toBeGreaterThanOrEqual(10);

  const events = await runFake({
    output,
    train: { max_steps: last!.step + 2, save_steps, batch_size, eval_steps: 50, save_total_limit: 1000 },
    resume: true,
  });
  expect(events.find((event) => event.type === 'step')).toMatchObject({ step: last!.step + 1 });
  expect(events.at(-1)).toMatchObject({ type: 'done', step: last!.step + 2 });
});
