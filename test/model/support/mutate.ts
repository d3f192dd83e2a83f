/** Damage to bytes, the same for the same seed. */

/** Numbers from 0 to 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const nastyNumbers = [
  0n,
  1n,
  2n,
  0x7fn,
  0xffn,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  1n << 40n,
  1n << 53n,
  (1n << 63n) - 1n,
  (1n << 64n) - 1n,
];
const nastyTexts = [
  '-1',
  '1e308',
  '9007199254740993',
  'null',
  '[]',
  '{}',
  '""',
  '"\\u0000"',
  '__proto__',
  '0.5',
  '[[[[',
  'true',
  '18446744073709551616',
];

/** One to four kinds of damage within the first `front` bytes: flipped bits, numbers and texts that hurt, cuts, repeats, an early end. */
export function mutate(bytes: Buffer, front: number, random: () => number): Buffer {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  let out: Buffer = Buffer.from(bytes);
  for (let times = 1 + Math.floor(random() * 4); times > 0 && out.length > 9; times--) {
    const at = Math.floor(random() * Math.min(front, out.length - 8));
    const span = 1 + Math.floor(random() * 16);
    const kind = Math.floor(random() * 7);
    if (kind === 0) out[at]! ^= 1 << Math.floor(random() * 8);
    else if (kind === 1) out[at] = Math.floor(random() * 256);
    else if (kind === 2) out.writeBigUInt64LE(pick(nastyNumbers), at);
    else if (kind === 3) out.writeUInt32LE(Number(pick(nastyNumbers) & 0xffffffffn), at);
    else if (kind === 4)
      out = Buffer.concat([out.subarray(0, at), Buffer.from(pick(nastyTexts)), out.subarray(at + Math.floor(random() * 8))]);
    else if (kind === 5) out = Buffer.concat([out.subarray(0, at + span), out.subarray(at)]);
    else out = random() < 0.3 ? out.subarray(0, at) : Buffer.concat([out.subarray(0, at), out.subarray(at + span)]);
  }
  return out;
}
