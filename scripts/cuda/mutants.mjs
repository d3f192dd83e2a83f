/** Finds the barriers and waits of the CUDA kernels and writes a copy of the sources in which each can be broken at run time. */
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../command.mjs';

const kernels = path.join('csrc', 'backend', 'cuda');
/** A barrier, or a wait and how many groups it leaves on their way; what stands behind `//` is left alone by `sitesOf`. */
const site = /__syncthreads\(\)|cp_async_wait<([^<>;]+)>\(\)/g;

/**
 * All mutants, numbered from 1: a barrier that is not there, or a wait that leaves one group more on its way.
 * @returns {{ number: number, name: string, file: string, line: number, tests: string[] }[]} `name` is stable while lines move
 */
export function findMutants() {
  const files = globSync(`${kernels}/**/*.{cu,h}`, { cwd: root }).sort();
  const mutants = [];
  for (const file of files.filter((name) => !name.includes(`${path.sep}nvcc${path.sep}`))) {
    const count = { barrier: 0, wait: 0 };
    for (const found of sitesOf(readFileSync(path.join(root, file), 'utf8'))) {
      const kind = found.pending === undefined ? 'barrier' : 'wait';
      count[kind] += 1;
      const name = `${path.basename(file)} ${kind} ${count[kind]}`;
      mutants.push({ number: mutants.length + 1, name, file, line: found.line, tests: testsOf(file) });
    }
  }
  return mutants;
}

function sitesOf(text) {
  return [...text.matchAll(site)].filter(({ index }) => !lineUpTo(text, index).includes('//')).map((match) => describe(text, match));
}

function describe(text, { 0: code, 1: pending, index }) {
  return { code, pending, index, line: text.slice(0, index).split('\n').length };
}

function lineUpTo(text, index) {
  return text.slice(text.lastIndexOf('\n', index) + 1, index);
}

/** The op tests of a kernel file, or of every .cu that includes a header: those of the op whose name the .cu's name begins with. */
function testsOf(file) {
  const sources = file.endsWith('.cu') ? [file] : globSync(`${kernels}/*.cu`, { cwd: root }).filter((source) => includes(source, file));
  return [...new Set(sources.flatMap((source) => testsOfOp(path.basename(source, '.cu'))))].sort();
}

function testsOfOp(name) {
  const words = name.replace(/^gem[mv]/, 'linear').split('_');
  for (let n = words.length; n > 0; n--) {
    const tests = globSync(`test/ops/${words.slice(0, n).join('_')}{,-*}.test.ts`, { cwd: root });
    if (tests.length > 0) return tests;
  }
  throw new Error(`expected a test in test/ops for ${name}.cu, found none`);
}

/** Whether a source includes a header, itself or through others. */
function includes(source, header, seen = new Set()) {
  if (seen.has(source)) return false;
  seen.add(source);
  const direct = [...readFileSync(path.join(root, source), 'utf8').matchAll(/#include "(backend\/cuda\/[^"]+)"/g)].map((match) =>
    path.join('csrc', match[1]),
  );
  return direct.some((file) => file === header || includes(file, header, seen));
}

/** Copies csrc and CMakeLists.txt to a folder, each site there behind its number; files that stay the same are not touched. */
export function writeCopy(folder, mutants) {
  const files = globSync('csrc/**/*', { cwd: root, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const entry of files) {
    const file = path.relative(root, path.join(entry.parentPath, entry.name));
    const here = mutants.filter((mutant) => mutant.file === file);
    const text = readFileSync(path.join(root, file), 'utf8');
    writeIfChanged(path.join(folder, file), here.length > 0 ? breakable(text, here) : text);
  }
  writeIfChanged(path.join(folder, 'CMakeLists.txt'), readFileSync(path.join(root, 'CMakeLists.txt'), 'utf8'));
}

function breakable(text, mutants) {
  let out = '#include "mutation.h"\n';
  let done = 0;
  sitesOf(text).forEach(({ code, pending, index }, i) => {
    const { number } = mutants[i];
    out += text.slice(done, index);
    out += pending === undefined ? `FETTLE_MUTABLE_BARRIER(${number})` : `FETTLE_MUTABLE_WAIT(${number}, ${pending})`;
    done = index + code.length;
  });
  return out + text.slice(done);
}

function writeIfChanged(file, text) {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}
