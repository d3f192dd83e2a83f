/**
 * Static proof of the CUDA kernels: compiles every csrc/backend/cuda/*.cu for each architecture and fails on spills, local memory, a block
 * that does not fit, a tensor-core kernel without HMMA, LDSM or (when it uses cp.async) LDGSTS, or more instructions per HMMA than the
 * committed figure allows.
 *   node scripts/check-cuda.mjs [--arch 80,90] [--file gemm_forward,nf4] [--update]     --update rewrites docs/kernels.md and docs/kernels.json
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { main, root, SetupError, say } from './command.mjs';
import { countOf, instructionsOf, instructionsPerHmma, launchBounds } from './cuda/cubin.mjs';
import { readable } from './cuda/kernel-names.mjs';
import { compiled, writeCompiled } from './cuda/kernels-page.mjs';
import { architectures, blocksPerMultiprocessor } from './cuda/occupancy.mjs';
import { cudaToolkit } from './cuda-toolkit.mjs';

/** How much worse than the committed figure a ratio may get. */
const slack = 1.1;

async function checkCuda() {
  const arches = flag('--arch')?.split(',') ?? Object.keys(architectures);
  const unknown = arches.filter((arch) => architectures[arch] === undefined);
  if (unknown.length > 0)
    throw new SetupError(`unknown architecture ${unknown.join(', ')}`, `known: ${Object.keys(architectures).join(', ')}`);
  const toolkit = cudaToolkit();
  const only = flag('--file')?.split(',');
  const files = globSync('csrc/backend/cuda/*.cu', { cwd: root })
    .filter((file) => only === undefined || only.includes(path.basename(file, '.cu')))
    .sort();
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'fettle-cuda-'));
  const kernels = [];
  try {
    for (const file of files) for (const arch of arches) kernels.push(...compile(toolkit, scratch, file, arch, arch === arches[0]));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  const golden = compiled();
  const problems = kernels.flatMap((kernel) => problemsOf(kernel, golden));
  for (const problem of problems) say(problem);
  say(`${kernels.length} kernels x architectures (${arches.map((arch) => `sm_${arch}`).join(', ')}), ${problems.length} problems`);
  if (process.argv.includes('--update')) update(kernels, only === undefined ? {} : golden);
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
  const code = existsSync(cubin) ? instructionsOf(cubin, arch) : new Map();
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
      wideAccesses: list.filter(({ bytes }) => bytes >= 16).length,
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

/** Instructions beside each HMMA that a kernel may have, whatever is committed; of those that match none it is only kept from growing. */
const budgets = [
  { what: 'a product of 128 rows or more', kernel: /gemm_kernel<GemmTile<(128|256),/, most: 6 },
  { what: "attention's forward pass", kernel: /attention_forward<ForwardConfig<(64|80|96|128|256), 4, .*Variant 0>/, most: 8 },
  { what: "attention's forward pass with a soft cap", kernel: /attention_forward<ForwardConfig<(128|256), 4, .*Variant 1>/, most: 8 },
];

/** Kernels that do nothing but move data, in their form for rows of whole vectors: 16 bytes at a time, of the widest of their types. */
const vectorised =
  /(elementwise|glu|dropout|soft_cap|rows|embedding): .*true>$|rope: .*Tables [12]>|rms_norm_(forward|backward)<Spread<bf16, \d+, [1-9], true>|adamw<true>/;

function problemsOf(kernel, golden) {
  const where = `${kernel.name} on sm_${kernel.arch}`;
  const problems = [];
  if (kernel.spilled > 0) problems.push(`${where}: ${kernel.spilled} bytes spilled`);
  if (kernel.local > 0) problems.push(`${where}: ${kernel.local} local-memory instructions`);
  if (kernel.threads === 0) problems.push(`${where}: no __launch_bounds__`);
  else if (blocksPerMultiprocessor(kernel.arch, kernel) === 0) problems.push(`${where}: a block of ${kernel.threads} threads does not fit`);
  if (vectorised.test(kernel.name) && kernel.wideAccesses === 0) problems.push(`${where}: is not vectorised`);
  for (const { what, kernel: pattern, most } of budgets)
    if (pattern.test(kernel.name) && kernel.perHmma > most)
      problems.push(`${where}: ${kernel.perHmma.toFixed(2)} instructions per HMMA; ${what} has ${most} at most`);
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

/** Of kernels that were not compiled, what is `kept`. */
function update(kernels, kept) {
  const golden = kept;
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
  writeCompiled(golden);
}

await main(checkCuda);
