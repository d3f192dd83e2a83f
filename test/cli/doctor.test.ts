import { expect, test } from 'vitest';
import { runCli } from './run-cli.ts';

test('--json prints one finding a line', () => {
  const { stdout } = runCli(['doctor', '--json']);
  const findings = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { name: string; status: string; found: string });
  expect(findings.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['node', 'memory', 'disk', 'gpu', 'compiler', 'cmake', 'cache', 'hub']),
  );
  for (const { status, found } of findings) {
    expect(['ok', 'note', 'missing']).toContain(status);
    expect(found).not.toBe('');
  }
  expect(findings.find(({ name }) => name === 'hub')?.found).toContain('HF_HUB_OFFLINE');
});

test('a missing compiler and CMake are said, with the mend', () => {
  const { stdout } = runCli(['doctor'], { env: { PATH: '' } });
  expect(stdout).toMatch(/cmake +none; expected CMake/);
  expect(stdout).toContain('apt-get install cmake');
});
