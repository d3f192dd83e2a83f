import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { families, readModelConfig } from '../../src/model/families/registry.ts';
import { readJsonObject } from '../../src/model/json-file.ts';
import { expectedParameters } from '../../src/model/parameters.ts';
import { readSafetensorsHeader } from '../../src/model/safetensors.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import { fettleError } from './support/expect-error.ts';

const folder = fileURLToPath(new URL('../fixtures/families/', import.meta.url));
const names = readdirSync(folder).filter((name) => !name.endsWith('.md'));

async function fixture(name: string, file = 'config.json') {
  return readModelConfig(file, await readJsonObject(join(folder, name, file)));
}

function read(config: Record<string, unknown>) {
  return readModelConfig('config.json', new Map(Object.entries(config)));
}

const sizes = { hidden_size: 64, intermediate_size: 96, num_hidden_layers: 4, num_attention_heads: 4, vocab_size: 100 };
const llama = { architectures: ['LlamaForCausalLM'], ...sizes };
const qwen2 = { architectures: ['Qwen2ForCausalLM'], num_key_value_heads: 4, ...sizes };
const gemma3 = { architectures: ['Gemma3ForCausalLM'], num_key_value_heads: 2, head_dim: 16, ...sizes };

describe('the fixtures', () => {
  it.each(names)('%s: the words of transformers 4 and 5 mean the same', async (name) => {
    expect(await fixture(name, 'config.v4.json')).toEqual(await fixture(name));
  });

  it.each(names)('%s: the parameters are those of the checkpoint and of the engine', async (name) => {
    const { decoder } = await fixture(name);
    const expected = expectedParameters(decoder);
    const { tensors } = await readSafetensorsHeader(join(folder, name, 'model.safetensors'));
    expect(Object.fromEntries([...tensors.values()].map((t) => [t.name, t.shape]))).toEqual(Object.fromEntries(expected));
    const native = nativeAddon().createModel(decoder, { device: 'cpu', compute_dtype: 'f32', quantization: 'none' });
    expect(native.parameters().map(({ name: parameter, shape }) => [parameter, shape])).toEqual([...expected]);
    native.free();
  });
});

describe('what the config says becomes numbers', () => {
  it('Llama: heads, biases, tying, activation', () => {
    const { family, decoder } = read({ ...llama, attention_bias: true, mlp_bias: true, tie_word_embeddings: true, rms_norm_eps: 1e-5 });
    expect(family).toBe('llama');
    expect(decoder).toMatchObject({ num_kv_heads: 4, head_dim: 16, attention_scale: 0.25, max_positions: 2048, rms_norm_eps: 1e-5 });
    expect(decoder).toMatchObject({ qkv_bias: true, o_bias: true, mlp_bias: true, tie_word_embeddings: true, activation: 'silu' });
    expect(read(llama).decoder).toMatchObject({ qkv_bias: false, o_bias: false, mlp_bias: false, tie_word_embeddings: false });
  });

  it('Mistral: the window is on every layer, null is none, silence is 4096', () => {
    const mistral = { ...llama, architectures: ['MistralForCausalLM'], num_key_value_heads: 2 };
    expect(read({ ...mistral, sliding_window: 9 }).decoder.sliding_window).toEqual([9, 9, 9, 9]);
    expect(read({ ...mistral, sliding_window: null }).decoder.sliding_window).toEqual([0, 0, 0, 0]);
    expect(read(mistral).decoder.sliding_window).toEqual([4096, 4096, 4096, 4096]);
  });

  it('Qwen: the window only if used, from max_window_layers on or where layer_types say', () => {
    const window = { sliding_window: 8, max_window_layers: 3 };
    const layer_types = ['sliding_attention', 'full_attention', 'full_attention', 'full_attention'];
    expect(read({ ...qwen2, ...window }).decoder.sliding_window).toEqual([0, 0, 0, 0]);
    expect(read({ ...qwen2, ...window, use_sliding_window: true }).decoder.sliding_window).toEqual([0, 0, 0, 8]);
    expect(read({ ...qwen2, ...window, use_sliding_window: true, layer_types }).decoder.sliding_window).toEqual([8, 0, 0, 0]);
    expect(read(qwen2).decoder).toMatchObject({ qkv_bias: true, o_bias: false, qk_norm: false });
    expect(read({ ...qwen2, architectures: ['Qwen3ForCausalLM'] }).decoder).toMatchObject({
      qkv_bias: false,
      qk_norm: true,
      head_dim: 128,
    });
  });

  it('Gemma 2: caps, their absence, windows on even layers, the query scale', () => {
    const gemma2 = { ...gemma3, architectures: ['Gemma2ForCausalLM'], sliding_window: 5, query_pre_attn_scalar: 16 };
    const { decoder } = read(gemma2);
    expect(decoder).toMatchObject({ attention_soft_cap: 50, logit_soft_cap: 30, attention_scale: 0.25, sliding_window: [5, 0, 5, 0] });
    expect(decoder).toMatchObject({ norm_add_one: true, post_norms: true, activation: 'gelu_tanh', embedding_scale: 8 });
    const uncapped = read({ ...gemma2, attn_logit_softcapping: null, final_logit_softcapping: null }).decoder;
    expect(uncapped).toMatchObject({ attention_soft_cap: 0, logit_soft_cap: 0 });
  });

  it('Gemma 3: local layers have a rotary table of their own, which the scaling does not concern', () => {
    const { decoder } = read({ ...gemma3, sliding_window_pattern: 2, sliding_window: 5, rope_scaling: { type: 'linear', factor: 8 } });
    expect(decoder.sliding_window).toEqual([5, 0, 5, 0]);
    expect(decoder.rope_of_layer).toEqual([1, 0, 1, 0]);
    const [global, local] = decoder.rope_tables;
    expect(global!.inv_freq[0]).toBe(1 / 8);
    expect(local!.inv_freq[0]).toBe(1);
    expect(local!.inv_freq[1]).toBeCloseTo(10_000 ** (-2 / 16), 6);
    expect(global!.inv_freq[1]! * 8).toBeCloseTo(1_000_000 ** (-2 / 16), 6);
  });

  it('Gemma 3 that also sees: the decoder is in text_config, with the sizes it leaves out', () => {
    const text_config = {
      model_type: 'gemma3_text',
      hidden_size: 2560,
      intermediate_size: 10240,
      num_hidden_layers: 34,
      sliding_window: 1024,
    };
    const { family, decoder } = read({
      architectures: ['Gemma3ForConditionalGeneration'],
      model_type: 'gemma3',
      text_config,
      vision_config: {},
    });
    expect(family).toBe('gemma3_text');
    expect(decoder).toMatchObject({ vocab_size: 262_208, num_heads: 8, num_kv_heads: 4, head_dim: 256, hidden_size: 2560, num_layers: 34 });
  });

  it('Phi-3: fused projections, no window unless given', () => {
    const { decoder } = read({ ...llama, architectures: ['Phi3ForCausalLM'] });
    expect(decoder).toMatchObject({ fused_qkv: true, fused_gate_up: true, sliding_window: [0, 0, 0, 0], rms_norm_eps: 1e-5 });
  });

  it('without architectures, model_type decides', () => {
    const { architectures: _, ...config } = qwen2;
    expect(read({ ...config, model_type: 'qwen2' }).family).toBe('qwen2');
  });
});

describe('what cannot be', () => {
  const every = families.flatMap((family) => family.architectures);
  it.each([
    ['GPT2LMHeadModel', { ...llama, architectures: ['GPT2LMHeadModel'] }],
    ['a name that every object has', { ...llama, architectures: ['constructor'] }],
    ['a classifier', { ...llama, architectures: ['LlamaForSequenceClassification'] }],
    ['no architecture', sizes],
  ])('%s: FETTLE_MODEL_UNSUPPORTED lists what is supported', async (_, config) => {
    const error = await fettleError('FETTLE_MODEL_UNSUPPORTED', () => read(config));
    for (const architecture of every) expect(error.message).toContain(architecture);
  });

  it.each([
    ['hidden_act', { ...llama, hidden_act: 'relu' }],
    ['rope_scaling.rope_type', { ...llama, rope_scaling: { rope_type: 'spiral', factor: 2 } }],
    ['layer_types', { ...qwen2, layer_types: Array(4).fill('linear_attention') }],
    ['use_bidirectional_attention', { ...gemma3, use_bidirectional_attention: true }],
    ['head_dim', { ...llama, head_dim: 15 }],
    ['head_dim', { ...llama, head_dim: 1024 }],
  ])('%s: a feature that is not there is FETTLE_MODEL_UNSUPPORTED and named', async (field, config) => {
    const error = await fettleError('FETTLE_MODEL_UNSUPPORTED', () => read(config));
    expect(error.problems[0]).toMatchObject({ file: 'config.json', field });
  });

  it('every wrong field is reported at once', async () => {
    const wrong = {
      ...llama,
      hidden_size: '64',
      vocab_size: -1,
      num_hidden_layers: 1e9,
      rms_norm_eps: null,
      rope_theta: 'big',
      num_key_value_heads: 3,
    };
    const error = await fettleError('FETTLE_MODEL_FORMAT', () => read(wrong));
    const fields = error.problems.map((problem) => problem.field);
    expect(new Set(fields)).toEqual(new Set(['hidden_size', 'vocab_size', 'num_hidden_layers', 'rope_theta', 'num_key_value_heads']));
  });

  it.each([
    ['layer_types', { ...qwen2, layer_types: ['full_attention'] }],
    ['rope_scaling.factor', { ...llama, rope_scaling: { type: 'linear' } }],
    ['rope_scaling.low_freq_factor', { ...llama, rope_scaling: { type: 'llama3', factor: 8, high_freq_factor: 4 } }],
    ['rope_scaling.short_factor', { ...llama, rope_scaling: { type: 'longrope', short_factor: [1] } }],
    ['rope_scaling', { ...llama, rope_scaling: 'linear' }],
    ['rope_parameters', { ...llama, rope_scaling: { type: 'yarn', factor: 4 }, rope_theta: 1 }],
    ['sliding_window', { ...llama, architectures: ['MistralForCausalLM'], sliding_window: -3, num_key_value_heads: 4 }],
    ['hidden_size', { ...llama, num_attention_heads: 3, num_key_value_heads: 3 }],
  ])('%s: a field that is missing or wrong is FETTLE_MODEL_FORMAT and named', async (field, config) => {
    const error = await fettleError('FETTLE_MODEL_FORMAT', () => read(config));
    expect(error.problems[0]).toMatchObject({ file: 'config.json', field });
  });
});
