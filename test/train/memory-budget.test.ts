import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { availableMemory, gpuMemoryBudget, memoryBudget } from '../../src/train/memory-budget.ts';
import { temporaryFolder } from './temporary-folder.ts';

const MiB = 2 ** 20;
const GiB = 2 ** 30;

/** A folder with these files, as the root of a file system. */
function machine(files: Record<string, string>): string {
  const root = temporaryFolder();
  for (const [name, text] of Object.entries({ 'proc/meminfo': 'MemTotal: 1 kB\nMemAvailable:   8388608 kB\n', ...files })) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

test('without a cgroup, what the kernel calls available', () => {
  expect(availableMemory(machine({}))).toBe(8 * GiB);
  expect(availableMemory(machine({ 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/memory.max': 'max\n' }))).toBe(8 * GiB);
});

test('a cgroup counts, one further up too, and its cached files are free', () => {
  const files = {
    'proc/self/cgroup': '0::/box/job\n',
    'sys/fs/cgroup/box/memory.max': `${2 * GiB}\n`,
    'sys/fs/cgroup/box/memory.current': `${1.5 * GiB}\n`,
    'sys/fs/cgroup/box/memory.stat': `anon 1\ninactive_file ${0.5 * GiB}\nactive_file ${0.25 * GiB}\nshmem 5\n`,
    'sys/fs/cgroup/box/job/memory.max': 'max\n',
    'sys/fs/cgroup/box/job/memory.current': `${GiB}\n`,
  };
  expect(availableMemory(machine(files))).toBe(1.25 * GiB);
});

test('the first kind of cgroup counts too; its "no limit" is a large number', () => {
  const folder = 'sys/fs/cgroup/memory/job';
  const files = (limit: number) => ({
    'proc/self/cgroup': '4:memory:/job\n0::/\n',
    [`${folder}/memory.limit_in_bytes`]: `${limit}\n`,
    [`${folder}/memory.usage_in_bytes`]: `${GiB}\n`,
    [`${folder}/memory.stat`]: `inactive_file 3\ntotal_inactive_file ${0.5 * GiB}\n`,
  });
  expect(availableMemory(machine(files(3 * GiB)))).toBe(2.5 * GiB);
  expect(availableMemory(machine(files(2 ** 63 - 4096)))).toBe(8 * GiB);
});

test('FETTLE_MEMORY is a size for the whole process', () => {
  expect(memoryBudget('100M')).toMatchObject({ bytes: 100 * MiB, from: 'FETTLE_MEMORY' });
  expect(memoryBudget('1.5 GiB').bytes).toBe(1.5 * GiB);
  expect(memoryBudget('1000000G').from).toBe('the free memory');
  expect(memoryBudget('')).toMatchObject({ from: 'the free memory' });
  expect(memoryBudget('').bytes).toBeGreaterThan(memoryBudget('').held);
  expect(() => memoryBudget('much')).toThrow(expect.objectContaining({ code: 'FETTLE_USAGE' }));
});

test('of a GPU it is what is free there, unless FETTLE_MEMORY says less', () => {
  const gpu = { name: 'a GPU', free_bytes: 40 * GiB };
  expect(gpuMemoryBudget(gpu, '')).toMatchObject({ of: 'gpu', bytes: 38 * GiB, from: 'the free memory of a GPU' });
  expect(gpuMemoryBudget(gpu, '6G')).toMatchObject({ of: 'gpu', bytes: 6 * GiB, from: 'FETTLE_MEMORY' });
  expect(gpuMemoryBudget(gpu, '60G').bytes).toBe(38 * GiB);
});
