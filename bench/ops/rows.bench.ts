/** Supervised rows taken out for the loss head, and their gradients put back. */
import type { OpCases } from '../../src/bench/op-cases.ts';

const [tokens, supervised, hidden] = [2048, 1250, 576];

const rows: OpCases = (t) => {
  const all = t.matrix('bf16', tokens, hidden);
  const some = t.matrix('bf16', supervised, hidden);
  const index = t.ints(Array.from({ length: supervised }, (_, i) => Math.floor((i * tokens) / supervised)));
  const label = `bf16 ${supervised} of ${tokens} x ${hidden}`;
  return [
    { op: 'gather_rows', label, args: { x: all, index, y: some } },
    { op: 'scatter_rows', label, args: { x: some, index, y: all } },
  ];
};

export default rows;
