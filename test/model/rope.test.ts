import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readModelConfig } from '../../src/model/families/registry.ts';

interface Case {
  name: string;
  head_dim: number;
  max_position_embeddings: number;
  rope_parameters: Record<string, unknown>;
  inv_freq: number[];
  attention_factor: number;
}

const cases = JSON.parse(readFileSync(new URL('../fixtures/rope.json', import.meta.url), 'utf8')) as Case[];
const sizes = { architectures: ['LlamaForCausalLM'], num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 8, vocab_size: 8 };
/** torch's own `pow` is not always the nearest fp32. */
const oneUlp = 2 ** -23;

function tableOf(fields: Record<string, unknown>, headDim: number) {
  const config = { ...sizes, hidden_size: 2 * headDim, head_dim: headDim, ...fields };
  return readModelConfig('config.json', new Map(Object.entries(config))).decoder.rope_tables[0]!;
}

it.each(cases)('$name: frequencies and scaling are those of transformers', (one) => {
  const { rope_parameters, max_position_embeddings } = one;
  const table = tableOf({ rope_parameters, max_position_embeddings }, one.head_dim);
  expect(table.attention_scaling).toBe(one.attention_factor);
  expect(table.inv_freq.length).toBe(one.inv_freq.length);
  one.inv_freq.forEach((expected, i) => {
    expect(Math.abs(table.inv_freq[i]! / expected - 1)).toBeLessThanOrEqual(oneUlp);
  });
});

it.each(cases)('$name: the words of transformers 4 give the same', (one) => {
  const { rope_theta, rope_type, ...scaling } = one.rope_parameters;
  const { max_position_embeddings } = one;
  const old = tableOf(
    { rope_theta, rope_scaling: rope_type === 'default' ? null : { type: rope_type, ...scaling }, max_position_embeddings },
    one.head_dim,
  );
  expect(old).toEqual(tableOf({ rope_parameters: one.rope_parameters, max_position_embeddings }, one.head_dim));
});

it('longrope: the short factors divide, and the model ends at the original positions', () => {
  const rope_scaling = { type: 'su', short_factor: [1, 2], long_factor: [9, 9] };
  const config = { ...sizes, architectures: ['Phi3ForCausalLM'], hidden_size: 8, rope_scaling };
  const positions = { max_position_embeddings: 131072, original_max_position_embeddings: 4096 };
  const { decoder } = readModelConfig('config.json', new Map(Object.entries({ ...config, ...positions })));
  expect(decoder.max_positions).toBe(4096);
  expect(Array.from(decoder.rope_tables[0]!.inv_freq)).toEqual([1, Math.fround(1 / 200)]);
  // sqrt(1 + ln(32) / ln(4096)), as transformers gives it
  expect(decoder.rope_tables[0]!.attention_scaling).toBe(1.1902380714238083);
});

it('partial rotation: the table covers the rotated part of a head', () => {
  const config = { ...sizes, architectures: ['Phi3ForCausalLM'], hidden_size: 16, partial_rotary_factor: 0.5 };
  const { decoder } = readModelConfig('config.json', new Map(Object.entries(config)));
  expect(Array.from(decoder.rope_tables[0]!.inv_freq)).toEqual([1, Math.fround(0.01)]);
});
