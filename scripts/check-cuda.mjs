/**
 * Static proof of the CUDA kernels: compiles every csrc/backend/cuda/*.cu for each architecture and fails on spills, local memory, a block
 * that does not fit, a tensor-core kernel without HMMA, LDSM or (when it uses cp.async) LDGSTS, or more instructions per HMMA than the
 * committed figure allows.
 *   node scripts/check-cuda.mjs [--arch 80,90] [--update]     --update rewrites docs/kernels.md and docs/kernels.json
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { main, root, SetupError, say } from './command.mjs';
import { countOf, instructionsOf, instructionsPerHmma, launchBounds } from './cuda/cubin.mjs';
import { architectures, blocksPerMultiprocessor } from './cuda/occupancy.mjs';
import { cudaToolkit } from './cuda-toolkit.mjs';

const goldenFile = path.join(root, 'docs', 'kernels.json');
const tableFile = path.join(root, 'docs', 'kernels.md');
/** How much worse than the committed figure a ratio may get. */
const slack = 1.1;

async function checkCuda() {
  const arches = flag('--arch')?.split(',') ?? Object.keys(architectures);
  const unknown = arches.filter((arch) => architectures[arch] === undefined);
  if (unknown.length > 0)
    throw new SetupError(`unknown architecture ${unknown.join(', ')}`, `known: ${Object.keys(architectures).join(', ')}`);
  const toolkit = cudaToolkit();
  const files = globSync('csrc/backend/cuda/*.cu', { cwd: root }).sort();
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'fettle-cuda-'));
  const kernels = [];
  try {
    for (const file of files) for (const arch of arches) kernels.push(...compile(toolkit, scratch, file, arch, arch === arches[0]));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  const golden = existsSync(goldenFile) ? JSON.parse(readFileSync(goldenFile, 'utf8')) : {};
  const problems = kernels.flatMap((kernel) => problemsOf(kernel, golden));
  for (const problem of problems) say(problem);
  say(`${kernels.length} kernels x architectures (${arches.map((arch) => `sm_${arch}`).join(', ')}), ${problems.length} problems`);
  if (process.argv.includes('--update')) update(kernels);
  return problems.length > 0 ? 1 : 0;
}

function flag(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

/** One record for each kernel of a file. */
function compile(toolkit, scratch, file, arch, withHost) {
  const cubin = path.join(scratch, `${path.basename(file, '.cu')}.${arch}.cubin`);
  const flags = [
    '-std=c++20',
    '--expt-relaxed-constexpr',
    '-lineinfo',
    '-Icsrc',
    '-Icsrc/backend/cuda/nvcc',
    `-arch=sm_${arch}`,
    '-Xptxas',
    '-v',
  ];
  const nvcc = path.join(toolkit, 'bin', 'nvcc');
  // the launchers, which the host compiler takes from nvcc, are the same for every architecture
  const whole = ['-c', '-o', path.join(scratch, 'object.o'), '-keep', '-keep-dir', scratch];
  const outputs = withHost ? whole : ['-cubin', '-o', cubin];
  const { status, stdout, stderr } = spawnSync(nvcc, [...flags, ...outputs, file], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new SetupError(`nvcc failed on ${file} for sm_${arch}:\n${stderr}${stdout}`);
  if (withHost) renameSync(path.join(scratch, keptCubin(scratch, file)), cubin);
  const code = existsSync(cubin) ? instructionsOf(cubin) : new Map();
  const threads = launchBounds(cubin);
  const found = resourcesOf(stderr + stdout);
  const names = found.length > 0 ? readable(found.map(({ mangled }) => mangled)) : [];
  return found.map((resources, i) => {
    const list = code.get(resources.mangled) ?? [];
    return {
      ...resources,
      file,
      arch,
      name: `${path.basename(file, '.cu')}: ${names[i]}`,
      threads: threads.get(resources.mangled) ?? 0,
      hmma: countOf(list, 'HMMA'),
      local: countOf(list, 'LDL') + countOf(list, 'STL'),
      asyncCopies: countOf(list, 'LDGSTS'),
      matrixLoads: countOf(list, 'LDSM'),
      perHmma: instructionsPerHmma(list),
    };
  });
}

/** The cubin that nvcc -keep left for a file. */
function keptCubin(folder, file) {
  const name = path.basename(file, '.cu');
  return readdirSync(folder).find((entry) => entry.startsWith(`${name}.`) && entry.endsWith('.cubin')) ?? `${name}.cubin`;
}

/** What ptxas -v says of each kernel. */
function resourcesOf(text) {
  const kernels = [];
  for (const line of text.split('\n')) {
    const entry = /Compiling entry function '(\S+)'/.exec(line);
    if (entry) kernels.push({ mangled: entry[1], registers: 0, spilled: 0, sharedBytes: 0 });
    const spills = /(\d+) bytes spill stores, (\d+) bytes spill loads/.exec(line);
    if (spills && kernels.length > 0) kernels.at(-1).spilled = Number(spills[1]) + Number(spills[2]);
    const used = /Used (\d+) registers/.exec(line);
    if (used) kernels.at(-1).registers = Number(used[1]);
    const shared = /(\d+) bytes smem/.exec(line);
    if (shared) kernels.at(-1).sharedBytes = Number(shared[1]);
  }
  return kernels;
}

/** mangled -> its C++ name and template arguments without namespaces and parameters; c++filt comes with every host compiler of nvcc. */
function readable(mangled) {
  const { status, stdout } = spawnSync('c++filt', mangled, { encoding: 'utf8' });
  if (status !== 0) return mangled;
  return stdout
    .trim()
    .split('\n')
    .map((name) =>
      name
        .replaceAll('(anonymous namespace)::', '')
        .replaceAll('fettle::cuda::', '')
        .replaceAll('fettle::', '')
        .replace(/^void /, '')
        .replace(/\(([A-Za-z_]+)\)(?=\d)/g, '$1 ')
        .replace(/\([^()]*\)$/, ''),
    );
}

function problemsOf(kernel, golden) {
  const where = `${kernel.name} on sm_${kernel.arch}`;
  const problems = [];
  if (kernel.spilled > 0) problems.push(`${where}: ${kernel.spilled} bytes spilled`);
  if (kernel.local > 0) problems.push(`${where}: ${kernel.local} local-memory instructions`);
  if (kernel.threads === 0) problems.push(`${where}: no __launch_bounds__`);
  else if (blocksPerMultiprocessor(kernel.arch, kernel) === 0) problems.push(`${where}: a block of ${kernel.threads} threads does not fit`);
  const known = golden[kernel.name]?.[kernel.arch];
  if (known === undefined) return problems;
  if (kernel.perHmma !== null && known.perHmma !== null && kernel.perHmma > known.perHmma * slack)
    problems.push(`${where}: ${kernel.perHmma.toFixed(2)} instructions per HMMA, ${known.perHmma.toFixed(2)} are committed`);
  for (const key of ['hmma', 'asyncCopies', 'matrixLoads'])
    if (known[key] > 0 && kernel[key] === 0) problems.push(`${where}: its ${key} are gone`);
  if (blocksPerMultiprocessor(kernel.arch, kernel) < known.blocks)
    problems.push(`${where}: ${blocksPerMultiprocessor(kernel.arch, kernel)} blocks per multiprocessor, ${known.blocks} are committed`);
  return problems;
}

function update(kernels) {
  const golden = {};
  for (const k of kernels) {
    golden[k.name] ??= {};
    golden[k.name][k.arch] = {
      registers: k.registers,
      threads: k.threads,
      blocks: blocksPerMultiprocessor(k.arch, k),
      hmma: k.hmma,
      asyncCopies: k.asyncCopies,
      matrixLoads: k.matrixLoads,
      perHmma: k.perHmma === null ? null : Number(k.perHmma.toFixed(3)),
    };
  }
  const records = Object.entries(golden).map(([name, byArch]) => ` ${JSON.stringify(name)}: ${JSON.stringify(byArch)}`);
  writeFileSync(goldenFile, `{\n${records.join(',\n')}\n}\n`);
  const lines = [
    '# CUDA kernels, as compiled',
    '',
    'Written by `npm run check:cuda -- --update`. Registers a thread; blocks per multiprocessor without dynamic shared memory; instructions',
    'beside each HMMA in the product loop. No kernel spills or touches local memory.',
    '',
    `| kernel | threads | ${Object.keys(architectures)
      .map((arch) => `sm_${arch}`)
      .join(' | ')} | per HMMA (sm_80) |`,
    `|---|---|${Object.keys(architectures)
      .map(() => '---|')
      .join('')}---|`,
    ...Object.entries(golden).map(([name, byArch]) => {
      const cells = Object.keys(architectures).map((arch) => (byArch[arch] ? `${byArch[arch].registers} r, ${byArch[arch].blocks} b` : ''));
      const first = Object.values(byArch)[0];
      return `| ${name} | ${first.threads} | ${cells.join(' | ')} | ${first.perHmma?.toFixed(1) ?? ''} |`;
    }),
    '',
  ];
  writeFileSync(tableFile, lines.join('\n'));
}

await main(checkCuda);
