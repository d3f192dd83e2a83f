/** Loss and its gradient over a chunk of rows of logits. */
import type { OpCase, OpCases } from '../../src/bench/op-cases.ts';

/** [rows, vocabulary] */
const shapes = [
  [280, 49_152],
  [112, 128_256],
] as const;

const crossEntropy: OpCases = (t) =>
  shapes.map(([rows, vocabulary]): OpCase => {
    const args = {
      logits: t.matrix('f32', rows, vocabulary),
      targets: t.ints(Array.from({ length: rows }, (_, i) => (i * 7919) % vocabulary)),
      loss: t.vector(rows),
      dlogits: t.matrix('bf16', rows, vocabulary),
    };
    return { op: 'cross_entropy', label: `${rows} x ${vocabulary}`, args };
  });

export default crossEntropy;
