/** Tokens drawn for 16 sequences from the vocabularies of SmolLM2-135M and of Llama 3. */
import type { OpCases } from '../../src/bench/op-cases.ts';

const rows = 16;
const ways = [
  { name: 'greedy', temperature: 0, top_k: 0, top_p: 1 },
  { name: 'temperature', temperature: 0.8, top_k: 0, top_p: 1 },
  { name: 'top_k and top_p', temperature: 0.8, top_k: 50, top_p: 0.9 },
];

const sample: OpCases = (t) =>
  [49_152, 128_256].flatMap((vocab) =>
    ways.map(({ name, temperature, top_k, top_p }) => {
      const same = (value: number) => Array.from({ length: rows }, () => value);
      const floats = (value: number) => ({ data: Float32Array.from(same(value)), dtype: 'f32' as const, shape: [rows] });
      const seed = { data: new Uint32Array(2 * rows), dtype: 'u32' as const, shape: [rows, 2] };
      return {
        op: 'sample',
        label: `${rows} x ${vocab} ${name}`,
        args: {
          logits: t.matrix('f32', rows, vocab),
          temperature: floats(temperature),
          top_p: floats(top_p),
          top_k: t.ints(same(top_k)),
          position: t.ints(same(1).map((_, i) => i)),
          seed,
          id: t.ints(same(0)),
        },
      };
    }),
  );

export default sample;
