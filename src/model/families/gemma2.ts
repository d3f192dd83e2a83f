import type { DecoderConfig } from '../../native/types.ts';
import type { ConfigReader } from './config-reader.ts';
import { readDecoder, readLayerTypes, refuseFlag, slidingWindows, withRope } from './decoder.ts';
import type { Family } from './family.ts';

export const gemma2: Family = {
  name: 'gemma2',
  architectures: ['Gemma2ForCausalLM'],
  modelTypes: ['gemma2'],
  decoder(config) {
    const base = readGemma(config, { maxPositions: 8192, attentionSoftCap: 50, logitSoftCap: 30 });
    const listed = readLayerTypes(config, base.num_layers);
    const sliding_window = gemmaWindows(config, base, (layer) => listed?.[layer] ?? layer % 2 === 0);
    return withRope({ ...base, sliding_window }, config);
  },
};

interface GemmaDefaults {
  maxPositions: number;
  /** Gemma 3's configs may leave these out. */
  vocabSize?: number;
  numHeads?: number;
  /** 0: none. */
  attentionSoftCap: number;
  logitSoftCap: number;
}

/** What Gemma 2 and 3 share: 1 + weight norms around both blocks, GeGLU, a scaled embedding, a query scale of its own. */
export function readGemma(config: ConfigReader, defaults: GemmaDefaults): DecoderConfig {
  const base = readDecoder(config, {
    ...defaults,
    kvHeads: 4,
    headDim: 256,
    tieWordEmbeddings: true,
    activationKey: 'hidden_activation',
    activation: 'gelu_pytorch_tanh',
  });
  refuseFlag(config, 'use_bidirectional_attention', 'attention to later tokens');
  const bias = config.bool('attention_bias', false);
  return {
    ...base,
    norm_add_one: true,
    post_norms: true,
    qkv_bias: bias,
    o_bias: bias,
    attention_scale: 1 / Math.sqrt(config.number('query_pre_attn_scalar', 256, { min: 1e-6 })),
    attention_soft_cap: readCap(config, 'attn_logit_softcapping', defaults.attentionSoftCap),
    logit_soft_cap: readCap(config, 'final_logit_softcapping', defaults.logitSoftCap),
    embedding_scale: Math.sqrt(base.hidden_size),
  };
}

/** The windows of the layers that slide; none when the config says null. */
export function gemmaWindows(config: ConfigReader, decoder: DecoderConfig, isSliding: (layer: number) => boolean): number[] {
  const slides = config.get('sliding_window') !== null;
  return slidingWindows(config, decoder, (layer) => slides && isSliding(layer), 4096);
}

/** null says "no cap". */
function readCap(config: ConfigReader, key: string, fallback: number): number {
  return config.get(key) === null ? 0 : config.number(key, fallback, { min: 0 });
}
