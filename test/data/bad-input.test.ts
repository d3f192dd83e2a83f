/** Input of the wrong kind: an endless line, devices, pipes, files that may not be read. */
import { spawn } from 'node:child_process';
import { chmodSync, closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkDataset } from '../../src/data/check.ts';
import { loadDataset } from '../../src/data/dataset.ts';
import { dataFile, folder } from './support/write-data.ts';

const slow = process.env.FETTLE_SLOW === '1';
const bytes = slow ? 10 * 1024 ** 3 : 200 * 1024 ** 2;

test(`a line of ${bytes / 1024 ** 2} MiB, in bounded memory`, { timeout: 1_200_000 }, async () => {
  const path = join(folder, 'endless.jsonl');
  const file = openSync(path, 'w');
  writeSync(file, '{"text":"');
  ftruncateSync(file, bytes); // a hole that takes no space
  closeSync(file);
  const before = process.memoryUsage().rss;
  const codes: string[] = [];
  for await (const found of checkDataset(path)) if (!('summary' in found)) codes.push(found.code);
  expect(codes).toEqual(['too-long-line']);
  await expect(loadDataset(path)).rejects.toMatchObject({ code: 'FETTLE_DATA' });
  expect(process.memoryUsage().rss - before).toBeLessThan(600 * 1024 ** 2);
});

test.skipIf(process.platform === 'win32')('a device is no data file', async () => {
  for (const device of ['/dev/zero', '/dev/null']) await expect(loadDataset(device)).rejects.toMatchObject({ code: 'FETTLE_DATA_FORMAT' });
});

test.skipIf(process.platform === 'win32')('a pipe is read once, to its end', async () => {
  const pipe = join(folder, 'pipe');
  await new Promise((resolve) => spawn('mkfifo', [pipe]).on('exit', resolve));
  const writer = spawn('sh', ['-c', `printf '{"text":"one row"}\\n{"text":"another row"}\\n' > '${pipe}'`]);
  expect((await loadDataset(pipe)).rows).toHaveLength(2);
  writer.kill();
});

test.skipIf(process.getuid?.() === 0)('a file that may not be read', async () => {
  const path = dataFile([{ text: 'a' }]);
  chmodSync(path, 0o000);
  await expect(loadDataset(path)).rejects.toMatchObject({ code: 'FETTLE_PERMISSION' });
});

test('hardly a row that can be read does not fill the memory', async () => {
  let findings = 0;
  for await (const found of checkDataset(dataFile('nonsense\n'.repeat(30_000)))) if (!('summary' in found)) findings++;
  expect(findings).toBe(30_000);
});
