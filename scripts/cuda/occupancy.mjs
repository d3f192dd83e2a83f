/** Blocks of a kernel that fit on one multiprocessor (CUDA C++ Programming Guide, "Compute capabilities"). */

/** Per architecture: threads, blocks, shared KiB of a multiprocessor, and the most that one block may ask for. */
export const architectures = {
  80: { threads: 2048, blocks: 32, sharedKiB: 164, blockKiB: 163 },
  86: { threads: 1536, blocks: 16, sharedKiB: 100, blockKiB: 99 },
  89: { threads: 1536, blocks: 24, sharedKiB: 100, blockKiB: 99 },
  90: { threads: 2048, blocks: 32, sharedKiB: 228, blockKiB: 227 },
  100: { threads: 2048, blocks: 32, sharedKiB: 228, blockKiB: 227 },
  120: { threads: 1536, blocks: 24, sharedKiB: 100, blockKiB: 99 },
};

/** @returns blocks per multiprocessor; 0 when a block does not fit at all */
export function blocksPerMultiprocessor(arch, { registers, threads, sharedBytes }) {
  const limit = architectures[arch];
  if (sharedBytes > limit.blockKiB * 1024) return 0;
  const warps = Math.ceil(threads / 32);
  const registersPerWarp = Math.ceil((registers * 32) / 256) * 256;
  const byRegisters = Math.floor((Math.floor(65536 / registersPerWarp / 4) * 4) / warps);
  const byShared = Math.floor((limit.sharedKiB * 1024) / (sharedBytes + 1024));
  return Math.min(limit.blocks, Math.floor(limit.threads / (warps * 32)), byRegisters, byShared);
}
