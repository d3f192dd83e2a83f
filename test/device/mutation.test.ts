import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const hour = 3_600_000;
/** Minutes of work; builds the kernels a second time, for the emulated device. */
const possible =
  process.platform === 'linux' && process.arch === 'x64' && ['cmake', 'c++'].every((name) => spawnSync(name, ['--version']).status === 0);

test.skipIf(process.env.FETTLE_SLOW !== '1' || !possible)(
  'a kernel with a barrier or a wait less is noticed, or docs/kernels-mutations.md says why not',
  { timeout: 2 * hour },
  () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/mutate-kernels.mjs'], { cwd: root, encoding: 'utf8' });
    process.stdout.write(stdout);
    expect(status, `${stdout}${stderr}`).toBe(0);
  },
);
