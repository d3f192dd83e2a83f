/** Causal attention of SmolLM2-135M (9 heads on 3) and of a 1B model (32 on 8), whole sequences and one token on a long cache. */
import type { OpCase, OpCases } from '../../src/bench/op-cases.ts';

interface Shape {
  lengths: number[];
  heads: number;
  kv_heads: number;
  window?: number;
}

const head_dim = 64;
const shapes: Shape[] = [
  { lengths: Array.from({ length: 8 }, () => 256), heads: 9, kv_heads: 3 },
  { lengths: [2048], heads: 9, kv_heads: 3 },
  { lengths: [2048], heads: 9, kv_heads: 3, window: 256 },
  { lengths: [512], heads: 32, kv_heads: 8 },
];

const attention: OpCases = (t) => [
  ...shapes.flatMap(({ lengths, heads, kv_heads, window = 0 }): OpCase[] => {
    const tokens = lengths.reduce((sum, n) => sum + n, 0);
    const ends = [0, ...lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, n) => sum + n, 0))];
    const [q, o, dout, dq] = [1, 2, 3, 4].map(() => t.matrix('bf16', tokens, heads * head_dim));
    const [k, v, dk, dv] = [1, 2, 3, 4].map(() => t.matrix('bf16', tokens, kv_heads * head_dim));
    const lse = t.matrix('f32', tokens, heads);
    const cu = t.ints(ends);
    const size = { heads, kv_heads, head_dim, window, scale: 1 / Math.sqrt(head_dim) };
    const keys = { k_start: t.ints(ends.slice(0, -1)), k_len: t.ints(lengths) };
    const label = `${lengths.length} x ${lengths[0]} ${heads}/${kv_heads} heads${window > 0 ? ` window ${window}` : ''}`;
    return [
      { op: 'attention_forward', label, args: { q: q!, k: k!, v: v!, o: o!, lse, cu_q: cu, ...keys, ...size } },
      {
        op: 'attention_backward',
        label,
        args: { q: q!, k: k!, v: v!, o: o!, dout: dout!, lse, dq: dq!, dk: dk!, dv: dv!, cu, ...size },
      },
    ];
  }),
  oneToken(t),
];

function oneToken(t: Parameters<OpCases>[0]): OpCase {
  const [heads, kv_heads, length] = [32, 8, 4096];
  const [q, o] = [t.matrix('bf16', 1, heads * head_dim), t.matrix('bf16', 1, heads * head_dim)];
  const [k, v] = [t.matrix('bf16', length, kv_heads * head_dim), t.matrix('bf16', length, kv_heads * head_dim)];
  const lists = { cu_q: t.ints([0, 1]), k_start: t.ints([0]), k_len: t.ints([length]) };
  const args = { q, k, v, o, lse: t.matrix('f32', 1, heads), ...lists, heads, kv_heads, head_dim, scale: 1 / Math.sqrt(head_dim) };
  return { op: 'attention_forward', label: `1 on ${length} ${heads}/${kv_heads} heads`, args };
}

export default attention;
