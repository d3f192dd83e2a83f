/** docs/kernels.md: what the compiler made of each kernel (docs/kernels.json), and what the PTX simulator counted (docs/kernels-counted.json). */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../command.mjs';
import { architectures } from './occupancy.mjs';

const compiledFile = path.join(root, 'docs', 'kernels.json');
const countedFile = path.join(root, 'docs', 'kernels-counted.json');
const page = path.join(root, 'docs', 'kernels.md');

/** kernel -> architecture -> what `npm run check:cuda -- --update` kept. */
export const compiled = () => read(compiledFile);

/** Keeps it and writes the page anew. */
export function writeCompiled(kernels) {
  write(compiledFile, kernels);
  writePage();
}

/** Keeps what was counted, kernel by kernel, and writes the page anew. */
export function writeCounted(kernels) {
  write(countedFile, kernels);
  writePage();
}

function read(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** One line a kernel. */
function write(file, kernels) {
  const records = Object.entries(kernels).map(([name, record]) => ` ${JSON.stringify(name)}: ${JSON.stringify(record)}`);
  writeFileSync(file, `{\n${records.join(',\n')}\n}\n`);
}

function writePage() {
  writeFileSync(page, [...compiledSection(read(compiledFile)), ...countedSection(read(countedFile))].join('\n'));
}

function compiledSection(kernels) {
  const arches = Object.keys(architectures);
  return [
    '# CUDA kernels, as compiled',
    '',
    'Written by `npm run check:cuda -- --update`. Registers a thread; blocks per multiprocessor without dynamic shared memory; instructions',
    'beside each HMMA on the shortest way around the product loop (a block of keys on the diagonal goes through the mask too). No kernel',
    'spills or touches local memory.',
    '',
    'Budgets, which `check:cuda` holds on every architecture: 6 instructions per HMMA for products of 128 or more rows, 8 for the forward pass',
    'of attention at head dimensions of 64 and more, and with a soft cap (a tanh for each score) at those of 128 and more. Above 8 stand, each',
    'for lack of products to one exponential: head dimension 32, a soft cap at 64 (no model has both), and decoding, whose blocks have 16 rows.',
    '',
    `| kernel | threads | ${arches.map((arch) => `sm_${arch}`).join(' | ')} | per HMMA (sm_80) |`,
    `|---|---|${arches.map(() => '---|').join('')}---|`,
    ...Object.entries(kernels).map(([name, byArch]) => {
      const cells = arches.map((arch) => (byArch[arch] ? `${byArch[arch].registers} r, ${byArch[arch].blocks} b` : ''));
      const first = Object.values(byArch)[0];
      return `| ${name} | ${first.threads} | ${cells.join(' | ')} | ${first.perHmma?.toFixed(1) ?? ''} |`;
    }),
    '',
  ];
}

function countedSection(kernels) {
  const names = Object.keys(kernels);
  if (names.length === 0) return [];
  const share = (value) => (value === null ? '' : `${(100 * value).toFixed(1)} %`);
  return [
    '## As counted',
    '',
    'Written by `npm run verify:ptx -- --update`: each kernel once, on rows of whole vectors (`bench/device/counted.ts`), as nvcc compiled it to',
    'PTX. Bytes asked for as a share of the 32-byte sectors that they touch; cycles that bank conflicts of shared memory add; the unit that',
    "limits it in the simulator's model of three GPUs, which knows throughputs and no latencies.",
    '',
    '| kernel | loads | stores | bank conflicts | limited on A100 by | RTX 4090 | H100 |',
    '|---|---|---|---|---|---|---|',
    ...names.map((name) => {
      const { loads, stores, conflicts, limiters } = kernels[name];
      return `| ${name} | ${share(loads)} | ${share(stores)} | ${conflicts} | ${limiters.join(' | ')} |`;
    }),
    '',
  ];
}
