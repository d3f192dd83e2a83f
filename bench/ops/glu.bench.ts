/** The gated unit (SwiGLU, GeGLU); gate and up lie side by side, as the MLP writes them. */
import type { OpCase, OpCases } from '../../src/bench/op-cases.ts';

/** [tokens, columns] */
const shapes = [
  [2048, 1536],
  [512, 8192],
] as const;

const glu: OpCases = (t) =>
  shapes.flatMap(([tokens, columns]) =>
    [0, 1].flatMap((activation): OpCase[] => {
      const [gate, up, y, dy] = [1, 2, 3, 4].map(() => t.matrix('bf16', tokens, columns));
      const label = `${activation === 0 ? 'silu' : 'gelu'} bf16 ${tokens} x ${columns}`;
      return [
        { op: 'glu_forward', label, args: { gate: gate!, up: up!, y: y!, activation } },
        {
          op: 'glu_backward',
          label,
          args: { gate: gate!, up: up!, dy: dy!, dgate: y!, dup: t.matrix('bf16', tokens, columns), activation },
        },
      ];
    }),
  );

export default glu;
