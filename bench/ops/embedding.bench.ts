/** Rows of the embedding, and their gradient. */
import type { OpCases } from '../../src/bench/op-cases.ts';

const [tokens, vocabulary, hidden] = [2048, 49_152, 576];

const embedding: OpCases = (t) => {
  const ids = t.ints(Array.from({ length: tokens }, (_, i) => (i * 7919) % vocabulary));
  const y = t.matrix('bf16', tokens, hidden);
  const label = `bf16 ${tokens} of ${vocabulary} x ${hidden}`;
  return [
    { op: 'embedding_forward', label, args: { ids, table: t.matrix('bf16', vocabulary, hidden), y } },
    { op: 'embedding_backward', label, args: { ids, dy: y, dtable: t.matrix('f32', vocabulary, hidden) } },
  ];
};

export default embedding;
