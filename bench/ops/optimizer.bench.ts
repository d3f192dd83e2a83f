/** AdamW and the gradient's norm, over as many values as a LoRA adapter of SmolLM2-135M has. */
import type { OpCases } from '../../src/bench/op-cases.ts';

const n = 4_884_480;

const optimizer: OpCases = (t) => {
  const [param, grad, exp_avg, exp_avg_sq] = [1, 2, 3, 4].map(() => t.vector(n));
  const grad_scale = t.vector(1);
  for (const { data } of [exp_avg_sq!, grad_scale]) data.fill(1);
  return [
    {
      op: 'adamw',
      label: `${n}`,
      args: { param: param!, grad: grad!, exp_avg: exp_avg!, exp_avg_sq: exp_avg_sq!, grad_scale, learning_rate: 1e-6, step: 1 },
    },
    { op: 'sum_squares', label: `${n}`, args: { x: grad!, out: t.empty('f64', 1) } },
  ];
};

export default optimizer;
