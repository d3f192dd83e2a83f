/** Reads cubins (64-bit ELF): which SASS instructions a kernel has, and how many threads it is declared for. */
import { readFileSync } from 'node:fs';

/** Low 9 bits of a 128-bit SASS instruction, sm_80 to sm_120; what is not listed is "other". */
const opcodes = new Map([
  [0x03c, 'HMMA'],
  [0x1ae, 'LDGSTS'],
  [0x03b, 'LDSM'],
  [0x183, 'LDL'],
  [0x187, 'STL'],
  [0x11d, 'BAR'],
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

/** kernel (mangled) -> names of its instructions in order. */
export function instructionsOf(file) {
  return new Map(
    sections(file, '.text.').map(([kernel, bytes]) => [
      kernel,
      Array.from({ length: bytes.length / 16 }, (_, i) => opcodes.get(bytes.readUInt16LE(16 * i) & 0x1ff) ?? 'other'),
    ]),
  );
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

/** Instructions beside each HMMA in the kernel's product loop: the stretch between barriers that holds most HMMA. null without HMMA. */
export function instructionsPerHmma(list) {
  let best = { hmma: 0, all: 0 };
  let current = { hmma: 0, all: 0 };
  for (const op of [...list, 'BAR']) {
    if (op === 'BAR') {
      if (current.hmma > best.hmma) best = current;
      current = { hmma: 0, all: 0 };
    } else if (op !== 'NOP') {
      current.all++;
      if (op === 'HMMA') current.hmma++;
    }
  }
  return best.hmma === 0 ? null : (best.all - best.hmma) / best.hmma;
}

export const countOf = (list, op) => list.filter((name) => name === op).length;
