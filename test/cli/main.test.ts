import { expect, test } from 'vitest';
import { runCli } from './run-cli.ts';

test('without a command prints the help', () => {
  const { code, stdout } = runCli([]);
  expect(code).toBe(0);
  expect(stdout).toContain('Usage: fettle');
});

test.each([
  [['doctr'], 'Did you mean doctor?'],
  [['doctor', '--jsn'], 'Did you mean --json?'],
  [['doctor', 'surplus'], 'FETTLE_USAGE'],
])('%j is a usage error', (args, text) => {
  const { code, stdout, stderr } = runCli(args);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain('FETTLE_USAGE');
  expect(stderr).toContain(text);
});

test('an error lists code, every place and hint, without colours off a terminal', () => {
  const { code, stderr } = runCli(['init', '--yes', '--data', 'd.jsonl', '--epochs', '0']);
  expect(code).toBe(2);
  expect(stderr).not.toContain('\u001b');
});
