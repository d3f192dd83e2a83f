/**
 * Mutation proof of the CUDA kernels: in a copy of the sources each __syncthreads() is left out, and each cp_async_wait is told to leave one
 * group more on its way, one after the other; the op tests on the emulated device must notice. Prints every mutant and how it fell, then the
 * survivors. Exit code 1 when one survives that docs/kernels-mutations.md does not explain.
 *   node scripts/mutate-kernels.mjs [--file gemm_kernel.h,gemv.cu] [--seeds 0,1,7] [--list]
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { currentNode, main, mustRun, root, SetupError, say } from './command.mjs';
import { findMutants, writeCopy } from './cuda/mutants.mjs';
import { ensureNative } from './setup.mjs';

const folder = path.join(root, 'build-mutants');
/** A test that is slow on a busy machine has not noticed anything. */
const patience = ['--testTimeout', '1800000'];
const explanations = path.join('docs', 'kernels-mutations.md');

function mutate() {
  const names = flag('--file')
    ?.split(',')
    .map((name) => path.basename(name));
  const seeds = (flag('--seeds') ?? '0,1,7').split(',');
  const mutants = findMutants();
  const chosen = mutants.filter((mutant) => names === undefined || names.includes(path.basename(mutant.file)));
  if (chosen.length === 0) throw new SetupError(`expected barriers or waits in ${names ?? 'the kernels'}, found none`);
  if (process.argv.includes('--list')) {
    for (const { name, file, line, tests } of chosen) process.stdout.write(`${name}\t${file}:${line}\t${tests.join(' ')}\n`);
    return 0;
  }
  build(mutants);
  for (const test of new Set(chosen.flatMap((mutant) => mutant.tests))) for (const seed of seeds) requireSound(test, seed);
  const survivors = chosen.filter((mutant) => {
    const found = attack(mutant, seeds);
    process.stdout.write(`${mutant.name} (line ${mutant.line}): ${found ?? 'SURVIVED'}\n`);
    return found === null;
  });
  return report(chosen, survivors);
}

function flag(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

/** One library that holds all mutants, and a copy of the addon beside it. */
function build(mutants) {
  ensureNative();
  writeCopy(folder, mutants);
  const out = path.join(folder, 'build');
  mustRun('cmake', ['-S', folder, '-B', out, '-DCMAKE_BUILD_TYPE=Release', '-DFETTLE_CUDA=OFF', '--log-level=WARNING']);
  mustRun('cmake', ['--build', out, '--target', 'fettle_simt'], { hint: `a folder left from another compiler: rm -rf ${folder}` });
  const addon = path.join(out, 'Release', 'fettle.node');
  copyFileSync(path.join(root, 'build', 'Release', 'fettle.node'), `${addon}.new`);
  renameSync(`${addon}.new`, addon); // a second run may have the old one open
}

/** What the tests on the emulated device print when they fail, else null; without a mutant's number the kernels are whole. */
function failureOf(test, seed, number = 0) {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--no-file-parallelism', ...patience, '--bail', '1', '-t', 'simt', test];
  const { status, stdout, stderr } = spawnSync(currentNode(), vitest, {
    cwd: root,
    env: {
      ...process.env,
      FETTLE_NATIVE: path.join(folder, 'build', 'Release', 'fettle.node'),
      FETTLE_SIMT_SEED: seed,
      FETTLE_MUTANT: String(number),
      NO_COLOR: '1',
    },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return status === 0 ? null : `${stdout}${stderr}`;
}

function requireSound(test, seed) {
  const output = failureOf(test, seed);
  if (output !== null) throw new SetupError(`${test} fails with seed ${seed} though nothing is broken:\n${output}`);
}

/** How a mutant was found, or null. */
function attack(mutant, seeds) {
  for (const seed of seeds)
    for (const test of mutant.tests) {
      const output = failureOf(test, seed, mutant.number);
      if (output !== null) return `${checkThatFailed(output)}, ${path.basename(test, '.test.ts')}, seed ${seed}`;
    }
  return null;
}

function checkThatFailed(output) {
  if (output.includes('collides with')) return 'race check';
  if (output.includes('never waited for')) return 'unfinished copies';
  if (output.includes('__syncthreads') || output.includes('warp-wide')) return 'divergence check';
  return 'result check';
}

function report(chosen, survivors) {
  const explained = readFileSync(path.join(root, explanations), 'utf8');
  say(`${chosen.length} mutants, ${survivors.length} survive`);
  const unexplained = survivors.filter(({ name }) => !explained.includes(`| ${name} |`));
  for (const { name, file, line } of survivors) say(`survives: ${name} (${file}:${line})`);
  for (const { name } of unexplained) say(`${name} is not explained in ${explanations}`);
  return unexplained.length > 0 ? 1 : 0;
}

await main(mutate);
