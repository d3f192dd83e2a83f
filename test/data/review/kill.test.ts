import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { decisionPath, readDecisionFile } from '../../../src/data/review/decision-file.ts';
import { freshFolder } from './support.ts';

const child = fileURLToPath(new URL('kill-child.ts', import.meta.url));

/** Runs a reviewer and kills it after so many decisions; the hashes it said were safe. */
function reviewUntilKilled(path: string, decisions: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const run = spawn(process.execPath, [child, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    run.stdout.on('data', (text: Buffer) => {
      said += text.toString();
      if (said.split('\n').length > decisions) run.kill('SIGKILL');
    });
    run.on('error', reject);
    run.on('close', () => resolve(said.split('\n').filter((hash) => hash !== '')));
  });
}

test('kill -9 in the middle of a review loses no decision that was made, and it goes on from there', async () => {
  const path = join(freshFolder(), 'rows.jsonl');
  const rows = Array.from({ length: 60 }, (_, i) => ({ text: `row ${i}` }));
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const said: string[] = [];
  for (const decisions of [1, 7, 13]) said.push(...(await reviewUntilKilled(path, decisions)));
  expect(said.length).toBeGreaterThanOrEqual(21);
  const kept = async () => (await readDecisionFile(decisionPath(path))).decisions.map(({ hash }) => hash);
  const before = await kept();
  expect(before.slice(0, said.length + 3)).toEqual(expect.arrayContaining(said));
  expect(new Set(before).size).toBe(before.length);
  await reviewUntilKilled(path, Number.POSITIVE_INFINITY);
  expect(new Set(await kept()).size).toBe(60);
});
