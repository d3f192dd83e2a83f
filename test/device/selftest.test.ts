/** The self-test for machines without Node, on the emulated device. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { nativeAddon } from '../../src/native/addon.ts';
import { temporaryFolder } from '../train/temporary-folder.ts';

const program = fileURLToPath(new URL('../../build/Release/fettle-selftest', import.meta.url));
const run = promisify(execFile);

interface Report {
  passed: boolean;
  cases: { op: string; passed: boolean }[];
  speeds: { op: string; gigabytes_per_second: number }[];
}

describe.skipIf(!existsSync(program) || !nativeAddon().deviceReport('simt').built)('fettle-selftest', () => {
  test('passes every op and a training run, and says so in JSON', { timeout: 300_000 }, async () => {
    const json = join(temporaryFolder(), 'report.json');
    const { stdout } = await run(program, ['--device', 'simt', '--seed', '7', '--json', json]);
    expect(stdout).toMatch(/^emulated device, sm_90/);
    expect(stdout).toMatch(/\n\d{3,} passed, 0 failed\n$/);
    const report = JSON.parse(readFileSync(json, 'utf8')) as Report;
    expect(report.passed).toBe(true);
    expect(new Set(report.cases.map(({ op }) => op))).toEqual(new Set([...nativeAddon().opNames(), 'training']));
    for (const { op, gigabytes_per_second } of report.speeds) expect(gigabytes_per_second, op).toBeGreaterThan(0);
  });

  test('an op that fails is named, with exit code 1', { timeout: 300_000 }, async () => {
    const env = { ...process.env, FETTLE_CUDA_CONFIG: 'attention_forward:none' };
    const failed = run(program, ['--device', 'simt', '--op', 'attention_forward'], { env });
    await expect(failed).rejects.toMatchObject({ code: 1, stdout: expect.stringMatching(/FAILED attention_forward .*asks for 'none'/) });
  });

  test('without a device it is exit code 3 and a line that helps, with a wrong flag 2', async () => {
    await expect(run(program, ['--device', 'simt:5'])).rejects.toMatchObject({ code: 3, stderr: expect.stringMatching(/no GPU 5/) });
    await expect(run(program, ['--devices', 'simt'])).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(/^usage:/) });
  });
});
