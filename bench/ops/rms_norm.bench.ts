/** RMSNorm of the residual stream, and QK-norm, whose rows are as many groups as there are heads. */
import type { OpCase, OpCases } from '../../src/bench/op-cases.ts';

/** [tokens, columns, groups] */
const shapes = [
  [2048, 576, 1],
  [512, 2048, 1],
  [2048, 576, 9],
] as const;

const rmsNorm: OpCases = (t) =>
  shapes.flatMap(([tokens, columns, groups]): OpCase[] => {
    const [x, y, dy, dx] = [1, 2, 3, 4].map(() => t.matrix('bf16', tokens, columns));
    const gamma = t.vector(columns / groups);
    const rstd = t.matrix('f32', tokens, groups);
    const label = `bf16 ${tokens} x ${columns}${groups > 1 ? ` in ${groups} groups` : ''}`;
    return [
      { op: 'rms_norm_forward', label, args: { x: x!, gamma, y: y!, rstd, groups } },
      { op: 'rms_norm_backward', label, args: { x: x!, gamma, rstd, dy: dy!, dx: dx!, groups } },
    ];
  });

export default rmsNorm;
