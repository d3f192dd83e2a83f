/** Gemma 2's cap on the final logits. */
import type { OpCases } from '../../src/bench/op-cases.ts';

const softCap: OpCases = (t) => [{ op: 'soft_cap', label: '64 x 256000', args: { x: t.matrix('f32', 64, 256_000), cap: 30 } }];

export default softCap;
