/** Adapters of the rows' own while generating: 16 sequences, 4 adapters of rank 16, on linears of SmolLM2-135M and of a 1B model. */
import type { OpCases } from '../../src/bench/op-cases.ts';

const [rows, rank, adapters] = [16, 16, 4];

const lora: OpCases = (t) =>
  [
    [576, 1536],
    [2048, 8192],
  ].flatMap(([k, n]) => {
    const index = t.ints(Array.from({ length: rows }, (_, row) => row % adapters));
    const s = t.matrix('bf16', rows, rank);
    const shrink = { x: t.matrix('bf16', rows, k!), a: t.matrix('bf16', adapters * rank, k!), index, scales: t.vector(adapters), s };
    const expand = { s, b: t.matrix('bf16', adapters * rank, n!), index, y: t.matrix('bf16', rows, n!) };
    return [
      { op: 'lora_shrink', label: `bf16 ${rows} x ${k} to ${rank}`, args: shrink },
      { op: 'lora_expand', label: `bf16 ${rows} x ${rank} to ${n}`, args: expand },
    ];
  });

export default lora;
