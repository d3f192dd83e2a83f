/** What this machine can reach, measured in this run. */
import { nativeAddon } from '../native/addon.ts';
import type { OpCost } from '../native/types.ts';
import type { Ceilings, Figure } from './result.ts';

/** The best of what was reached in slices of `seconds`, for each ceiling: whatever else ran can only have lowered the others. */
export async function measureCeilings(threads: number, seconds: number): Promise<Ceilings> {
  const { f32, bf16, read, copy } = await nativeAddon().measureCeilings({ threads, seconds });
  return { f32: Math.max(...f32), bf16: Math.max(...bf16), read: Math.max(...read), copy: Math.max(...copy) };
}

export interface Ideal {
  /** The time that an op's products, or its bytes, take at the ceiling: whichever is longer. */
  seconds: number;
  bound: NonNullable<Figure['bound']>;
}

/** The least time that a call can take here. Bytes that lie in a cache already can be faster than memory's ceiling. */
export function ideal({ flops, bytes, products }: Pick<OpCost, 'flops' | 'bytes' | 'products'>, ceilings: Ceilings): Ideal {
  const byProducts = flops / ceilings[products];
  const byBytes = bytes / ceilings.read;
  return byProducts > byBytes ? { seconds: byProducts, bound: products } : { seconds: byBytes, bound: 'read' };
}
