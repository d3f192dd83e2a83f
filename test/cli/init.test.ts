import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { runCli } from './run-cli.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'fettle-init-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

test('--yes writes a valid config that names its schema', async () => {
  expect(runCli(['init', '--yes', '--data', 'data/zenith.jsonl', '--epochs', '5'], { cwd })).toMatchObject({ code: 0, stdout: '' });
  const file = path.join(cwd, 'fettle.yaml');
  const [modeline = ''] = readFileSync(file, 'utf8').split('\n');
  const schema = /^# yaml-language-server: \$schema=(.*)$/.exec(modeline)?.[1] ?? '';
  expect(existsSync(path.resolve(cwd, schema))).toBe(true);
  const config = await loadConfig(file);
  expect(config).toMatchObject({
    data: { path: 'data/zenith.jsonl' },
    train: { epochs: 5 },
    output_dir: 'runs/zenith',
    quantization: 'nf4',
  });
});

test('full fine-tuning keeps the base in 16 bits', async () => {
  expect(runCli(['init', 'full.yaml', '--yes', '--data', 'd.csv', '--method', 'full'], { cwd }).code).toBe(0);
  expect(await loadConfig(path.join(cwd, 'full.yaml'))).toMatchObject({ method: { type: 'full' }, quantization: 'none' });
});

test('finds the only data file', async () => {
  writeFileSync(path.join(cwd, 'rows.jsonl'), '{}\n');
  writeFileSync(path.join(cwd, 'package.json'), '{}\n');
  expect(runCli(['init', '--yes'], { cwd }).code).toBe(0);
  expect((await loadConfig(path.join(cwd, 'fettle.yaml'))).data.path).toBe('rows.jsonl');
});

test('does not overwrite', () => {
  const file = path.join(cwd, 'fettle.yaml');
  writeFileSync(file, 'mine\n');
  const { code, stderr } = runCli(['init', '--yes', '--data', 'd.jsonl'], { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain('expected no file at fettle.yaml');
  expect(readFileSync(file, 'utf8')).toBe('mine\n');
});

test.each([
  [['init'], 'expected a terminal to ask on'],
  [['init', '--yes'], 'expected --data FILE'],
  [['init', '--yes', '--data', 'd', '--method', 'magic'], 'Allowed choices'],
])('%j is a usage error and writes nothing', (args, text) => {
  const { code, stderr } = runCli(args, { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain(text);
  expect(existsSync(path.join(cwd, 'fettle.yaml'))).toBe(false);
});
