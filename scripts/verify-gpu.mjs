/**
 * For a machine with an NVIDIA GPU: builds the CUDA backend, proves every kernel against the CPU, trains small models on both and compares,
 * measures single ops against the GPU's peaks, and writes one JSON and one page of Markdown.
 *   node scripts/verify-gpu.mjs [--no-build] [--out FOLDER]      FOLDER: default runs/verify-gpu; docs/gpu-results.md is made from its page
 * Exit code 3 where there is no GPU.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildCuda } from './build-native.mjs';
import { currentNode, main, outputOf, root, say } from './command.mjs';
import { setup } from './setup.mjs';

/** Shares of the peak that the kernels are meant to reach. */
const goals = [
  { name: 'NF4 dequantization', op: 'nf4_dequantize', share: 0.9 },
  { name: 'NF4 product, forward', op: 'linear_forward', label: 'nf4', share: 0.7 },
  { name: 'NF4 product, backward', op: 'linear_backward_input', label: 'nf4', share: 0.7 },
  { name: 'RMSNorm', op: 'rms_norm_forward', share: 0.85 },
  { name: 'gated unit', op: 'glu_forward', share: 0.85 },
];

function verify() {
  const at = process.argv.indexOf('--out');
  const out = path.resolve(root, at < 0 ? 'runs/verify-gpu' : process.argv[at + 1]);
  if (!process.argv.includes('--no-build')) {
    setup();
    buildCuda();
  }
  const bench = node(['bench/device/main.ts', '--json']);
  if (bench.status !== 0) return 3;
  const { gpu, rows } = JSON.parse(bench.stdout);
  say(`${gpu.name}, ${gpu.architecture}`);
  const tests = node(['node_modules/vitest/vitest.mjs', 'run', '-t', 'cuda', 'test/ops', 'test/device'], { FETTLE_TEST_DEVICE: 'cuda' });
  const counts = /(\d+) passed, (\d+) failed/.exec(tests.stdout) ?? ['', '0', '1'];
  const result = {
    date: new Date().toISOString(),
    commit: outputOf('git', ['rev-parse', 'HEAD']),
    gpu,
    tests: { passed: Number(counts[1]), failed: Number(counts[2]) },
    sanitizer: sanitizer(),
    ops: rows,
    goals: goals.map((goal) => judge(goal, rows)),
  };
  mkdirSync(out, { recursive: true });
  writeFileSync(path.join(out, 'result.json'), `${JSON.stringify(result, null, 1)}\n`);
  writeFileSync(path.join(out, 'result.md'), page(result));
  process.stdout.write(page(result));
  return result.tests.failed > 0 || result.sanitizer.some(({ ok }) => !ok) ? 1 : 0;
}

function node(args, env = {}) {
  return spawnSync(currentNode(), args, {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['inherit', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
  });
}

/** compute-sanitizer's tools over the op tests, where it is installed. */
function sanitizer() {
  if (outputOf('compute-sanitizer', ['--version']) === null) return [];
  return ['memcheck', 'racecheck', 'initcheck'].map((tool) => {
    const args = ['--tool', tool, '--error-exitcode', '9', '--target-processes', 'all', currentNode()];
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--no-file-parallelism', '-t', 'cuda', 'test/ops'];
    const env = { ...process.env, FETTLE_TEST_DEVICE: 'cuda' };
    const { status } = spawnSync('compute-sanitizer', [...args, ...vitest], {
      cwd: root,
      env,
      stdio: ['inherit', process.stderr.fd, 'inherit'],
    });
    return { tool, ok: status === 0 };
  });
}

/** A goal holds when the median share over its rows is reached. */
function judge({ name, op, label, share }, rows) {
  const shares = rows
    .filter(
      (row) =>
        row.op === op && row.share !== null && (label === undefined || row.shape.endsWith(label)) && !row.shape.startsWith('1 token'),
    )
    .map((row) => row.share)
    .sort((a, b) => a - b);
  const median = shares[Math.floor(shares.length / 2)];
  return { name, goal: share, reached: median ?? null, ok: median !== undefined && median >= share };
}

function page({ date, commit, gpu, tests, sanitizer: tools, ops, goals: judged }) {
  const percent = (share) => (share === null ? 'peak not known' : `${(share * 100).toFixed(0)} %`);
  return [
    `# ${gpu.name}`,
    '',
    `${date}, commit ${commit}; ${gpu.architecture}, driver ${gpu.driver}, ${(gpu.memory_bytes / 2 ** 30).toFixed(0)} GiB.`,
    `Tests on the GPU: ${tests.passed} passed, ${tests.failed} failed. Sanitizer: ${tools.length === 0 ? 'not installed' : tools.map(({ tool, ok }) => `${tool} ${ok ? 'clean' : 'REPORTS'}`).join(', ')}.`,
    '',
    '| goal | share of the peak | reached | |',
    '|---|---|---|---|',
    ...judged.map(({ name, goal, reached, ok }) => `| ${name} | ${percent(goal)} | ${percent(reached)} | ${ok ? 'pass' : 'fail'} |`),
    '',
    '| op | shape | rate | share |',
    '|---|---|---|---|',
    ...ops.map(
      ({ op, shape, rate, unit, share }) =>
        `| ${op} | ${shape} | ${(rate / (unit === 'GB/s' ? 1e9 : 1e12)).toPrecision(4)} ${unit} | ${percent(share)} |`,
    ),
    '',
  ].join('\n');
}

await main(verify);
