/** Reads cubins (64-bit ELF): which SASS instructions a kernel has, and how many threads it is declared for. */
import { readFileSync } from 'node:fs';

/** Low 9 bits of a 128-bit SASS instruction, sm_80 to sm_120; what is not listed is "other". */
const opcodes = new Map([
  [0x03c, 'HMMA'],
  [0x1ae, 'LDGSTS'],
  [0x03b, 'LDSM'],
  [0x181, 'LDG'],
  [0x186, 'STG'],
  [0x183, 'LDL'],
  [0x187, 'STL'],
  [0x11d, 'BAR'],
  [0x147, 'BRA'],
  [0x118, 'NOP'],
]);

/** EIATTR_MAX_THREADS, the attribute that __launch_bounds__ becomes. */
const maxThreads = 0x05;

/** Sections whose name starts with `prefix`: [rest of the name, bytes]. */
function sections(file, prefix) {
  const data = readFileSync(file);
  const table = Number(data.readBigUInt64LE(0x28));
  const [size, count, namesIndex] = [data.readUInt16LE(0x3a), data.readUInt16LE(0x3c), data.readUInt16LE(0x3e)];
  const field = (i, offset) => Number(data.readBigUInt64LE(table + i * size + offset));
  const names = field(namesIndex, 24);
  return Array.from({ length: count }, (_, i) => {
    const start = names + data.readUInt32LE(table + i * size);
    return [data.toString('latin1', start, data.indexOf(0, start)), data.subarray(field(i, 24), field(i, 24) + field(i, 32))];
  })
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, bytes]) => [name.slice(prefix.length), bytes]);
}

/** kernel (mangled) -> its instructions in order: their names and, of a branch the index of the one it goes to, of a load or store its bytes. */
export function instructionsOf(file, arch) {
  return new Map(
    sections(file, '.text.').map(([kernel, bytes]) => [
      kernel,
      Array.from({ length: bytes.length / 16 }, (_, i) => instruction(bytes.subarray(16 * i), i, Number(arch))),
    ]),
  );
}

function instruction(bytes, i, arch) {
  const op = opcodes.get(bytes.readUInt16LE() & 0x1ff) ?? 'other';
  if (op === 'BRA') return { op, target: i + 1 + wordsAhead(bytes, arch) / 4 };
  if (op === 'LDG' || op === 'STG') return { op, bytes: [1, 1, 2, 2, 4, 8, 16, 32][(bytes[9] >> 1) & 7] };
  return { op };
}

/** A branch's distance from the next instruction on, in words of 32 bits; from sm_90 on its lowest byte lies apart. */
function wordsAhead(bytes, arch) {
  const high = BigInt.asIntN(48, (bytes.readBigUInt64LE() >> 34n) | (bytes.readBigUInt64LE(8) << 30n));
  return arch < 90 ? Number(high) : Number(high) * 256 + bytes[2];
}

/** kernel -> threads of a block, as __launch_bounds__ says. */
export function launchBounds(file) {
  const bounds = new Map();
  for (const [kernel, bytes] of sections(file, '.nv.info.')) {
    for (let at = 0; at + 4 <= bytes.length; ) {
      const [format, attribute] = [bytes[at], bytes[at + 1]];
      if (attribute === maxThreads) bounds.set(kernel, bytes.readUInt32LE(at + 4));
      at += 4 + (format === 4 ? bytes.readUInt16LE(at + 2) : 0);
    }
  }
  return bounds;
}

/**
 * Instructions beside each HMMA on the shortest way around the kernel's product loop: of the innermost loops the one with most HMMA. What a
 * branch may skip and has no part in the products (blocks that need a mask) is left out. null without HMMA in a loop.
 */
export function instructionsPerHmma(list) {
  const loops = list.flatMap(({ target }, end) => (target !== undefined && target <= end ? [productsOf(list, target, end)] : []));
  const inner = loops.filter((loop) => loop.hmma > 0 && !loops.some((other) => other.hmma > 0 && isWithin(other, loop)));
  const product = inner.sort((a, b) => b.hmma - a.hmma)[0];
  return product === undefined ? null : product.beside / product.hmma;
}

function productsOf(list, start, end) {
  const loop = { start, end, hmma: 0, beside: 0 };
  for (let i = start; i <= end; i++) {
    const { op, target } = list[i];
    if (op === 'HMMA') loop.hmma++;
    else if (op !== 'NOP') loop.beside++;
    if (target > i + 1 && target <= end && list.slice(i + 1, target).every((skipped) => !products.has(skipped.op))) i = target - 1;
  }
  return loop;
}

const products = new Set(['HMMA', 'LDSM', 'LDGSTS', 'BAR']);

const isWithin = (a, b) => a.start >= b.start && a.end <= b.end && (a.start !== b.start || a.end !== b.end);

export const countOf = (list, name) => list.filter(({ op }) => op === name).length;
