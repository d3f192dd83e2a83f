/** Products with a weight: forward, input gradient, weight gradient; at the shapes of SmolLM2-135M and of larger models. */
import type { OpCase, OpCases } from '../../src/bench/op-cases.ts';

/** [M tokens, N out, K in] */
const shapes = [
  [2048, 576, 576],
  [2048, 192, 576],
  [2048, 1536, 576],
  [2048, 576, 1536],
  [512, 2048, 2048],
  [512, 8192, 2048],
  [512, 2048, 8192],
  [2048, 2048, 2048],
] as const;
const rank = 16;

const linear: OpCases = (t) => [
  ...shapes.flatMap(([m, n, k]): OpCase[] => {
    const w = t.nf4(n, k);
    const x = t.matrix('bf16', m, k);
    const y = t.matrix('bf16', m, n);
    return [
      { op: 'linear_forward', label: `nf4 ${m} x ${n} x ${k}`, args: { x, w, y } },
      { op: 'linear_backward_input', label: `nf4 ${m} x ${k} x ${n}`, args: { dy: y, w, dx: x } },
    ];
  }),
  ...adapters(t),
  ...others(t),
];

/** A LoRA pair: its own products, and the linear with it in the same sums. */
const adapters: OpCases = (t) => {
  const [m, n, k] = [2048, 1536, 576];
  const x = t.matrix('bf16', m, k);
  const y = t.matrix('bf16', m, n);
  const s = t.matrix('bf16', m, rank);
  const [a, b] = [t.matrix('bf16', rank, k), t.matrix('bf16', n, rank)];
  const [da, db] = [t.matrix('f32', rank, k), t.matrix('f32', n, rank)];
  return [
    { op: 'linear_forward', label: `nf4 + lora ${m} x ${n} x ${k}`, args: { x, w: t.nf4(n, k), y, lora_s: s, lora_b: b } },
    { op: 'linear_forward', label: `lora A ${m} x ${rank} x ${k}`, args: { x, w: a, y: s } },
    { op: 'linear_backward_input', label: `lora B ${m} x ${rank} x ${n}`, args: { dy: y, w: b, dx: s } },
    { op: 'linear_backward_weight', label: `lora A ${rank} x ${k} x ${m}`, args: { dy: s, x, dw: da } },
    { op: 'linear_backward_weight', label: `lora B ${n} x ${rank} x ${m}`, args: { dy: y, x: s, dw: db } },
  ];
};

/** The head on its bf16 weight, full fine-tuning's weight gradient, the f32 reference, and one token's product. */
const others: OpCases = (t) => {
  const [m, n, k] = [512, 1536, 576];
  const head = { w: t.matrix('bf16', 49_152, 576), x: t.matrix('bf16', 280, 576), y: t.matrix('f32', 280, 49_152) };
  const [x, y, dw] = [t.matrix('bf16', 2048, k), t.matrix('bf16', 2048, n), t.matrix('f32', n, k)];
  return [
    { op: 'linear_forward', label: 'bf16 head 280 x 49152 x 576', args: head },
    { op: 'linear_backward_weight', label: `bf16 ${n} x ${k} x 2048`, args: { dy: y, x, dw } },
    {
      op: 'linear_forward',
      label: `f32 ${m} x ${n} x ${k}`,
      args: { x: t.matrix('f32', m, k), w: t.matrix('f32', n, k), y: t.matrix('f32', m, n) },
    },
    {
      op: 'linear_forward',
      label: 'nf4 1 x 8192 x 2048',
      args: { x: t.matrix('bf16', 1, 2048), w: t.nf4(8192, 2048), y: t.matrix('bf16', 1, 8192) },
    },
  ];
};

export default linear;
