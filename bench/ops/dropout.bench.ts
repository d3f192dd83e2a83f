/** Dropout on an adapter's input, its mask made anew from counters. */
import type { OpCases } from '../../src/bench/op-cases.ts';

const [tokens, columns] = [2048, 576];

const dropout: OpCases = (t) => {
  const positions = t.ints(Array.from({ length: tokens }, (_, i) => i));
  const row_ids = t.empty('u32', tokens);
  const [x, y] = [t.matrix('bf16', tokens, columns), t.matrix('bf16', tokens, columns)];
  const args = { x, y, key: t.empty('u32', 2), row_ids, positions, p: 0.1 };
  return [{ op: 'dropout', label: `bf16 ${tokens} x ${columns}`, args }];
};

export default dropout;
