/**
 * Runs every kernel of a device once at shapes whose rows are whole vectors, each configuration of those that have several; for the counters
 * of the PTX simulator (`npm run verify:ptx`).
 *   node bench/device/counted.ts [--device cuda]
 */
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type OpCase, type OpCases, OpTensors } from '../../src/bench/op-cases.ts';
import { opPlans, runOp } from '../../src/native/ops.ts';

const { values } = parseArgs({ options: { device: { type: 'string', default: 'cuda' } } });
const tensors = new OpTensors();
for (const file of readdirSync(new URL('../ops/', import.meta.url))) {
  if (/^(linear|attention)\./.test(file)) continue; // too large to be interpreted
  const cases: { default: OpCases } = await import(`../ops/${file}`);
  for (const { op, args } of cases.default(tensors)) runOp(op, args, values.device);
}
for (const { op, args } of [...products(tensors), ...attention(tensors)]) {
  for (const plan of [...opPlans(op, args, values.device), '']) {
    process.env.FETTLE_CUDA_CONFIG = plan === '' ? '' : `${op}:${plan}`;
    runOp(op, args, values.device);
  }
}

/** Sizes at which every configuration's tiles are full. */
function products(t: OpTensors): OpCase[] {
  const [m, n, k] = [256, 256, 512];
  const [x, y, dy, dx] = [t.matrix('bf16', m, k), t.matrix('bf16', m, n), t.matrix('bf16', m, n), t.matrix('bf16', m, k)];
  const label = `${m} x ${n} x ${k}`;
  const [few, fewY] = [t.matrix('bf16', 8, k), t.matrix('bf16', 8, n)];
  return [t.nf4(n, k), t.matrix('bf16', n, k)].flatMap((w): OpCase[] => [
    { op: 'linear_forward', label, args: { x, w, y } },
    { op: 'linear_forward', label: `8 x ${n} x ${k}`, args: { x: few, w, y: fewY } },
    { op: 'linear_backward_input', label, args: { dy, w, dx } },
    { op: 'linear_backward_weight', label, args: { dy, x, dw: t.matrix('f32', n, k) } },
  ]);
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
