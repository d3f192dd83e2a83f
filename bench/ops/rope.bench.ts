/** Rotary embedding of queries, there and back. */
import type { OpCase, OpCases } from '../../src/bench/op-cases.ts';

const [tokens, heads, head_dim] = [2048, 9, 64];

const rope: OpCases = (t) => {
  const x = t.matrix('bf16', tokens, heads * head_dim);
  const positions = t.ints(Array.from({ length: tokens }, (_, i) => i));
  const [cos, sin] = [t.matrix('f32', tokens, head_dim / 2), t.matrix('f32', tokens, head_dim / 2)];
  return [0, 1].map(
    (inverse): OpCase => ({
      op: 'rope',
      label: `bf16 ${tokens} x ${heads * head_dim}${inverse === 1 ? ' back' : ''}`,
      args: { x, positions, cos, sin, heads, inverse },
    }),
  );
};

export default rope;
