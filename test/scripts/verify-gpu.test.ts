import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { nativeAddon } from '../../src/native/addon.ts';

const folder = mkdtempSync(join(tmpdir(), 'fettle-verify-gpu-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Everything that the script does on a GPU, on the emulated device at tiny sizes. */
test.skipIf(!nativeAddon().deviceReport('simt').built)('verify:gpu walks through on simt', { timeout: 300_000 }, () => {
  const script = fileURLToPath(new URL('../../scripts/verify-gpu.mjs', import.meta.url));
  const args = [script, '--device', 'simt', '--quick', '--no-build', '--out', folder];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, FETTLE_CACHE: folder } });
  expect(status, stderr).toBe(1); // the goals of an 8B model are not reached here
  const result = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'));
  expect(result.tests).toMatchObject({ failed: 0 });
  expect(result.tests.passed).toBeGreaterThan(0);
  const failed = result.goals.filter((goal: { ok: boolean }) => !goal.ok).map((goal: { name: string }) => goal.name);
  expect(failed).toEqual(['NF4 dequantization', '8B QLoRA, 4096 tokens, full checkpointing']);
  for (const part of ['ops', 'cublas', 'steps', 'learning']) expect(result[part].length, part).toBeGreaterThan(0);
  expect(readFileSync(join(folder, 'result.md'), 'utf8')).toContain('| loss of tiny, step by step | at most 0.0100 off the CPU |');
});
