/** Models that the benchmarks know by their numbers alone; their weights are random. */
import { readModelConfig } from '../model/families/registry.ts';
import type { DecoderConfig } from '../native/types.ts';

const llama = { model_type: 'llama', hidden_act: 'silu', rms_norm_eps: 1e-5, rope_theta: 100_000, max_position_embeddings: 8192 };

/** As in the `config.json` of such a model. */
const configs = {
  /** No model's: for tests of the benchmarks. */
  tiny: {
    ...llama,
    hidden_size: 64,
    intermediate_size: 192,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    vocab_size: 512,
    tie_word_embeddings: true,
  },
  /** SmolLM2-135M. */
  '135m': {
    ...llama,
    hidden_size: 576,
    intermediate_size: 1536,
    num_hidden_layers: 30,
    num_attention_heads: 9,
    num_key_value_heads: 3,
    vocab_size: 49_152,
    tie_word_embeddings: true,
  },
  /** Llama 3.2 1B. */
  '1b': {
    ...llama,
    hidden_size: 2048,
    intermediate_size: 8192,
    num_hidden_layers: 16,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    head_dim: 64,
    vocab_size: 128_256,
    tie_word_embeddings: true,
  },
  /** Llama 3.1 8B. */
  '8b': {
    ...llama,
    hidden_size: 4096,
    intermediate_size: 14_336,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    vocab_size: 128_256,
    tie_word_embeddings: false,
  },
  /** Mistral 7B. */
  '7b': {
    ...llama,
    model_type: 'mistral',
    hidden_size: 4096,
    intermediate_size: 14_336,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    vocab_size: 32_768,
    sliding_window: null,
    tie_word_embeddings: false,
  },
};

export type ShapeName = keyof typeof configs;

export const shapeNames = Object.keys(configs) as ShapeName[];

/** The shape as the `config.json` of such a model has it. */
export function configOf(shape: ShapeName): Record<string, unknown> {
  return configs[shape];
}

export function decoderOf(shape: ShapeName): DecoderConfig {
  return readModelConfig(`shape ${shape}`, new Map(Object.entries(configOf(shape)))).decoder;
}
