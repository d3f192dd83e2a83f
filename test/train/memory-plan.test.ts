import { expect, test } from 'vitest';
import { microBatches } from '../../src/data/micro-batches.ts';
import { loadModel } from '../../src/model/load.ts';
import { activationBytes, freeMemory, type MemoryPlanInput, planMemory } from '../../src/train/memory-plan.ts';
import { familyFolder } from './small-run.ts';

test.each(['smollm2', 'qwen3', 'gemma2', 'phi3'])('%s: the estimate is close to what the engine takes', async (family) => {
  using model = await loadModel(familyFolder(family), { quantization: 'none', compute_dtype: 'f32' });
  const { native, source } = model;
  const linears = native.parameters().filter(({ linear }) => linear);
  const target_modules = [...new Set(linears.map(({ name }) => name.split('.').at(-2)!))];
  native.addLora({ r: 4, lora_alpha: 8, lora_dropout: 0, use_rslora: false, target_modules, seed: 1 });
  const length = 256;
  const ids = Array.from({ length }, (_, i) => i % 50);
  const [{ batch }] = [...microBatches([{ input_ids: ids, labels: ids }], length)] as [
    ReturnType<typeof microBatches> extends Generator<infer B> ? B : never,
  ];
  for (const mode of ['none', 'selective', 'full'] as const) {
    native.setActivationCheckpointing(mode);
    await native.forwardBackward(batch, { loss_scale: 1, seed: 1, step: 1 });
    const taken = native.memory().activations!;
    const estimate = activationBytes({ decoder: source.config, compute_dtype: 'f32', lora_rank: 4 }, length, mode);
    expect(estimate / taken).toBeGreaterThan(0.85);
    expect(estimate / taken).toBeLessThan(1.15);
  }
});

const decoder: MemoryPlanInput['decoder'] = {
  vocab_size: 49152,
  hidden_size: 576,
  intermediate_size: 1536,
  num_layers: 30,
  num_heads: 9,
  num_kv_heads: 3,
  head_dim: 64,
  max_positions: 8192,
  rms_norm_eps: 1e-5,
  norm_add_one: false,
  activation: 'silu',
  attention_scale: 0.125,
  attention_soft_cap: 0,
  logit_soft_cap: 0,
  sliding_window: [],
  rope_tables: [],
  rope_of_layer: [],
  embedding_scale: 1,
  tie_word_embeddings: true,
  qkv_bias: false,
  o_bias: false,
  mlp_bias: false,
  qk_norm: false,
  post_norms: false,
  fused_qkv: false,
  fused_gate_up: false,
};
const auto = { micro_batch_tokens: 'auto', activation_checkpointing: 'auto' } as const;
const input: MemoryPlanInput = { decoder, settings: auto, compute_dtype: 'bf16', lora_rank: 16, longest_row: 300, free: 8 * 2 ** 30 };

test('keeps everything where there is room, and less where there is not', () => {
  expect(planMemory(input)).toMatchObject({ micro_batch_tokens: 1024, activation_checkpointing: 'none' });
  expect(planMemory({ ...input, free: 600 * 2 ** 20 }).activation_checkpointing).toBe('selective');
  expect(planMemory({ ...input, free: 120 * 2 ** 20 })).toMatchObject({ micro_batch_tokens: 1024, activation_checkpointing: 'full' });
  expect(planMemory({ ...input, free: 40 * 2 ** 20 }).micro_batch_tokens).toBeLessThan(1024);
});

test('a micro-batch always has room for the longest row', () => {
  expect(planMemory({ ...input, longest_row: 3000 }).micro_batch_tokens).toBe(3000);
  expect(planMemory({ ...input, settings: { ...auto, micro_batch_tokens: 128 } }).micro_batch_tokens).toBe(300);
});

test('what cannot fit is an error that says how much is missing', () => {
  expect(() => planMemory({ ...input, free: 2 ** 20 })).toThrow(expect.objectContaining({ code: 'FETTLE_MEMORY', exitCode: 3 }));
});

test('FETTLE_MEMORY is a size', () => {
  const rss = process.memoryUsage.rss();
  expect(freeMemory(String(rss + 2 ** 20)) / 2 ** 20).toBeCloseTo(1, -1);
  expect(freeMemory('1K')).toBeLessThan(0);
  expect(freeMemory('') / freeMemory(undefined)).toBeCloseTo(1, 1);
  expect(() => freeMemory('much')).toThrow(expect.objectContaining({ code: 'FETTLE_USAGE' }));
});
