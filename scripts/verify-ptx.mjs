/**
 * Runs the CUDA kernels, as nvcc compiled them to PTX, without a GPU: the op tests and a training step on `device: cuda`, over a simulator
 * that stands in for libcudart and checks races, bounds and uninitialised memory. The simulator's folder is FETTLE_PTXSIM, default
 * ../shared/tools/ptxsim; where it is missing this says so and skips. The last line of stdout is "N passed, N failed, N skipped".
 *   node scripts/verify-ptx.mjs [--seeds 0,1,7] [--update] [vitest arguments]
 * Then each kernel runs once more for its counters: no bank conflicts in the main loops of products, whole sectors in the kernels that only
 * move data. --update writes what was counted to docs/kernels.md.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildCuda } from './build-native.mjs';
import { currentNode, main, mustRun, root, say } from './command.mjs';
import { countedKernels, judgeCounted } from './cuda/counters.mjs';
import { writeCounted } from './cuda/kernels-page.mjs';
import { cudaToolkit } from './cuda-toolkit.mjs';
import { ensureNative } from './setup.mjs';

const build = { folder: 'build-ptx', config: 'Release' };
const tests = ['test/ops', 'test/device'];

function verify() {
  const args = process.argv.slice(2).filter((arg) => arg !== '--update');
  const at = args.indexOf('--seeds');
  const seeds = at < 0 ? ['0', '1', '7'] : args.splice(at, 2)[1].split(',');
  const simulator = path.resolve(root, process.env.FETTLE_PTXSIM || '../shared/tools/ptxsim');
  if (!existsSync(path.join(simulator, 'Makefile'))) {
    say(`no PTX simulator at ${simulator}: skipped (FETTLE_PTXSIM names its folder)`);
    return finish({ passed: 0, failed: 0, skipped: 1 });
  }
  const library = buildSimulator(simulator);
  ensureNative();
  const folder = buildCuda(build, ['FETTLE_CUDA_ARCHS=80-virtual', 'FETTLE_CUDART=Shared']);
  copyFileSync(path.join(root, 'build', 'Release', 'fettle.node'), path.join(folder, 'fettle.node'));
  const environment = {
    FETTLE_NATIVE: path.join(folder, 'fettle.node'),
    FETTLE_TEST_DEVICE: 'cuda',
    FETTLE_CUDA_GRAPHS: '0',
    LD_PRELOAD: path.join(library, 'libcudart.so.13'),
    LD_LIBRARY_PATH: `${library}:${path.join(cudaToolkit(), 'lib')}`,
  };
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const seed of seeds) {
    say(`seed ${seed}`);
    const counts = runTests(args.length > 0 ? args : tests, { ...environment, PTXSIM_SEED: seed });
    for (const key of Object.keys(total)) total[key] += counts[key];
  }
  if (args.length === 0 || process.argv.includes('--update')) {
    say('counters');
    for (const { name, problem } of judgeCounted(count(environment))) {
      if (problem !== null) say(`${name}: ${problem}`);
      total[problem === null ? 'passed' : 'failed'] += 1;
    }
  }
  return finish(total);
}

/** Every kernel once, for its counters. */
function count(environment) {
  const kernels = countedKernels(
    statsOf('counted.jsonl', environment, []),
    statsOf('shallow.jsonl', environment, ['--only-products', '--depth', '256']),
  );
  if (process.argv.includes('--update')) writeCounted(kernels);
  return kernels;
}

function statsOf(name, environment, args) {
  const stats = path.join(root, build.folder, name);
  rmSync(stats, { force: true });
  mustRun(currentNode(), ['bench/device/counted.ts', ...args], { env: { ...environment, PTXSIM_SEED: '0', PTXSIM_STATS: stats } });
  return stats;
}

/** Builds a copy in a cache folder of its own; returns the folder with its libcudart. */
function buildSimulator(source) {
  const cache = path.join(process.env.FETTLE_CACHE || path.join(os.homedir(), '.cache', 'fettle'), 'ptxsim');
  mkdirSync(cache, { recursive: true });
  mustRun('cp', ['-rpu', `${source}/.`, cache]);
  mustRun('make', ['-s', '-j2', '-C', cache, `CUDA=${cudaToolkit()}`], { hint: 'the PTX simulator needs g++ 12 and a CPU with AVX-512' });
  return path.join(cache, 'build');
}

function runTests(args, env) {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--no-file-parallelism', '--testTimeout', '1800000', '-t', 'cuda', ...args];
  const { stdout } = spawnSync(currentNode(), vitest, {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['inherit', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
  });
  process.stderr.write(stdout);
  const counts = /(\d+) passed, (\d+) failed, (\d+) skipped\s*$/.exec(stdout);
  if (counts === null) return { passed: 0, failed: 1, skipped: 0 };
  // what -t leaves out are the CPU's tests, not skipped ones
  return { passed: Number(counts[1]), failed: Number(counts[2]), skipped: 0 };
}

function finish({ passed, failed, skipped }) {
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  return failed > 0 ? 1 : 0;
}

await main(verify);
