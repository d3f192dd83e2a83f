/**
 * For a machine with an NVIDIA GPU: builds the CUDA backend, measures which configurations are the fastest, proves every kernel against the
 * CPU, then measures ops, whole training steps and their results against every goal, and writes one JSON and one page of Markdown.
 *   node scripts/verify-gpu.mjs [--device cuda:N] [--no-build] [--no-tune] [--quick] [--out FOLDER]
 * --out: default runs/verify-gpu; docs/gpu-results.md is made from its page. --quick: tiny shapes; with --device simt it walks through all of
 * this without a GPU. Exit code 1 when a test or a goal fails, 3 where there is no GPU.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildCuda, buildSimt } from './build-native.mjs';
import { currentNode, main, outputOf, root, SetupError } from './command.mjs';
import { setup } from './setup.mjs';

const { values: options } = parseArgs({
  options: {
    device: { type: 'string', default: 'cuda' },
    'no-build': { type: 'boolean', default: false },
    'no-tune': { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: 'runs/verify-gpu' },
  },
});
const { device, quick } = options;
const quickly = quick ? ['--quick'] : [];

function verify() {
  if (!options['no-build']) {
    setup();
    if (device === 'simt') buildSimt();
    else buildCuda();
  }
  if (!options['no-tune']) node(['src/cli/main.ts', 'bench', '--tune', '--device', device, ...quickly], { stdout: process.stderr.fd });
  const tests = runTests();
  const sanitizer = device === 'simt' ? [] : runSanitizer();
  const measured = JSON.parse(node(['bench/device/main.ts', '--device', device, '--json', ...quickly]));
  const date = new Date().toISOString();
  const commit = outputOf('git', ['rev-parse', 'HEAD']) ?? JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).version;
  return write({ date, commit, tests, sanitizer, ...measured });
}

/** What a program of the checkout prints; ends this script when it finds no device, throws when it fails unless it `mayFail`. */
function node(args, { env = {}, stdout = 'pipe', mayFail = false } = {}) {
  const stdio = ['inherit', stdout, 'inherit'];
  const run = spawnSync(currentNode(), args, { cwd: root, env: { ...process.env, ...env }, encoding: 'utf8', stdio, maxBuffer: 2 ** 28 });
  if (run.status === 3) process.exit(3);
  if (run.status !== 0 && !mayFail) throw new SetupError(`${args[0]} failed with ${run.status ?? run.signal}; its messages are above`);
  return run.stdout;
}

const testFiles = quick ? ['test/ops/elementwise.test.ts'] : ['test/ops', 'test/device'];
const testEnvironment = { FETTLE_TEST_DEVICE: device };
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--no-file-parallelism', '-t', device.split(':')[0], ...testFiles];

function runTests() {
  const stdout = node(vitest, { env: testEnvironment, mayFail: true });
  process.stderr.write(stdout);
  const counts = /(\d+) passed, (\d+) failed/.exec(stdout) ?? ['', '0', '1'];
  return { passed: Number(counts[1]), failed: Number(counts[2]) };
}

/** compute-sanitizer's tools over the op tests, where it is installed. */
function runSanitizer() {
  if (outputOf('compute-sanitizer', ['--version']) === null) return [];
  return ['memcheck', 'racecheck', 'initcheck'].map((tool) => {
    const args = ['--tool', tool, '--error-exitcode', '9', '--target-processes', 'all', currentNode(), ...vitest];
    const env = { ...process.env, ...testEnvironment };
    const { status } = spawnSync('compute-sanitizer', args, { cwd: root, env, stdio: ['inherit', process.stderr.fd, 'inherit'] });
    return { tool, ok: status === 0 };
  });
}

function write(result) {
  const { date, commit, tests, sanitizer, page, ...figures } = result;
  const tools = sanitizer.map(({ tool, ok }) => `${tool} ${ok ? 'clean' : 'REPORTS'}`).join(', ');
  const text = `${page}\n${date}, ${commit}. Tests on the device: ${tests.passed} passed, ${tests.failed} failed. compute-sanitizer: ${tools || 'not run'}.\n`;
  const out = path.resolve(root, options.out);
  mkdirSync(out, { recursive: true });
  writeFileSync(path.join(out, 'result.json'), `${JSON.stringify({ date, commit, tests, sanitizer, ...figures }, null, 1)}\n`);
  writeFileSync(path.join(out, 'result.md'), text);
  process.stdout.write(text);
  const failed = tests.failed > 0 || tests.passed === 0 || sanitizer.some(({ ok }) => !ok) || figures.goals.some(({ ok }) => !ok);
  return failed ? 1 : 0;
}

await main(verify);
