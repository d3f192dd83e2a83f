/**
 * Runs every kernel of a device once at shapes whose rows are whole vectors, each configuration of those that have several; for the counters
 * of the PTX simulator (`npm run verify:ptx`).
 *   node bench/device/counted.ts [--device cuda] [--depth 512] [--only-products]
 */
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type OpCase, type OpCases, OpTensors } from '../../src/bench/op-cases.ts';
import { opPlans, runOp } from '../../src/native/ops.ts';

const { values } = parseArgs({
  options: { device: { type: 'string', default: 'cuda' }, depth: { type: 'string', default: '512' }, 'only-products': { type: 'boolean' } },
});
const { device } = values;
const tensors = new OpTensors();
if (!values['only-products']) {
  for (const file of readdirSync(new URL('../ops/', import.meta.url))) {
    if (/^(linear|attention)\./.test(file)) continue; // too large to be interpreted
    const cases: { default: OpCases } = await import(`../ops/${file}`);
    for (const { op, args } of cases.default(tensors)) runOp(op, args, device);
  }
  for (const { op, args } of [...fewTokens(tensors), ...attention(tensors)]) runOp(op, args, device);
}
for (const { op, args } of products(tensors, Number(values.depth))) {
  for (const plan of opPlans(op, args, device)) {
    process.env.FETTLE_CUDA_CONFIG = `${op}:${plan.replace(/\*.*/, '*1')}`;
    runOp(op, args, device);
  }
}

/** Results of 256 x 256, sums of `depth` products: every configuration's tiles are full, and only the main loop's share depends on the depth. */
function products(t: OpTensors, depth: number): OpCase[] {
  const size = 256;
  const label = `${size} x ${size} x ${depth}`;
  const [wide, y] = [t.matrix('bf16', size, depth), t.matrix('bf16', size, size)];
  const [dy, x] = [t.matrix('bf16', depth, size), t.matrix('bf16', depth, size)];
  return [
    { op: 'linear_forward', label, args: { x: wide, w: t.nf4(size, depth), y } },
    { op: 'linear_forward', label, args: { x: wide, w: t.matrix('bf16', size, depth), y } },
    { op: 'linear_backward_input', label, args: { dy: wide, w: t.nf4(depth, size), dx: y } },
    { op: 'linear_backward_input', label, args: { dy: wide, w: x, dx: y } },
    { op: 'linear_backward_weight', label, args: { dy, x, dw: t.matrix('f32', size, size) } },
  ];
}

function fewTokens(t: OpTensors): OpCase[] {
  const [n, k] = [256, 512];
  return [t.nf4(n, k), t.matrix('bf16', n, k)].flatMap((w) =>
    [8, 16].map(
      (m): OpCase => ({
        op: 'linear_forward',
        label: `${m} x ${n} x ${k}`,
        args: { x: t.matrix('bf16', m, k), w, y: t.matrix('bf16', m, n) },
      }),
    ),
  );
}

function attention(t: OpTensors): OpCase[] {
  const [tokens, heads, kv_heads] = [256, 2, 1];
  return [32, 64, 80, 96, 128, 256].flatMap((head_dim) =>
    [0, 30].flatMap((soft_cap): OpCase[] => {
      const [q, o, dout, dq] = [1, 2, 3, 4].map(() => t.matrix('bf16', tokens, heads * head_dim));
      const [k, v, dk, dv] = [1, 2, 3, 4].map(() => t.matrix('bf16', tokens, kv_heads * head_dim));
      const size = { heads, kv_heads, head_dim, soft_cap, scale: 1 / Math.sqrt(head_dim) };
      const lse = t.matrix('f32', tokens, heads);
      const [cu, k_start, k_len] = [t.ints([0, tokens]), t.ints([0]), t.ints([tokens])];
      return [
        { op: 'attention_forward', label: `${head_dim}`, args: { q: q!, k: k!, v: v!, o: o!, lse, cu_q: cu, k_start, k_len, ...size } },
        {
          op: 'attention_backward',
          label: `${head_dim}`,
          args: { q: q!, k: k!, v: v!, o: o!, dout: dout!, lse, dq: dq!, dk: dk!, dv: dv!, cu, ...size },
        },
      ];
    }),
  );
}
