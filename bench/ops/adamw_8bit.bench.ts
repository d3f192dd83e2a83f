/** AdamW with moments of 8 bits, over as many values as a LoRA adapter of SmolLM2-135M has. */
import type { OpCases } from '../../src/bench/op-cases.ts';

const n = 4_884_480;
const block = 256;

const adamw8bit: OpCases = (t) => {
  const [param, grad] = [1, 2].map(() => t.vector(n));
  const [exp_avg, exp_avg_sq] = [1, 2].map(() => t.empty('u8', n));
  const [absmax, absmax_sq] = [1, 2].map(() => t.vector(Math.ceil(n / block)));
  const grad_scale = t.vector(1);
  for (const { data } of [absmax_sq!, grad_scale]) data.fill(1);
  return [
    {
      op: 'adamw_8bit',
      label: `${n}`,
      args: {
        param: param!,
        grad: grad!,
        exp_avg: exp_avg!,
        exp_avg_sq: exp_avg_sq!,
        absmax: absmax!,
        absmax_sq: absmax_sq!,
        grad_scale,
        learning_rate: 1e-6,
        step: 1,
      },
    },
  ];
};

export default adamw8bit;
