/** The part of a config that all families share. */
import type { DecoderConfig } from '../../native/types.ts';
import { type RopeParameters, ropeTable } from '../rope.ts';
import type { ConfigReader } from './config-reader.ts';
import { readRope } from './rope-config.ts';

/** Where families differ in what they assume when the config is silent. */
export interface DecoderDefaults {
  maxPositions: number;
  /** Also the type of the number: an int for a fixed one, "heads" for as many as query heads. */
  kvHeads: number | 'heads';
  rmsNormEps?: number;
  /** Undefined: hidden_size / num_attention_heads. */
  headDim?: number;
  tieWordEmbeddings: boolean;
  activationKey?: string;
  activation?: string;
  /** Sizes that published configs of the family leave out. */
  vocabSize?: number;
  numHeads?: number;
}

const activations: ReadonlyMap<string, DecoderConfig['activation']> = new Map([
  ['silu', 'silu'],
  ['swish', 'silu'],
  ['gelu_pytorch_tanh', 'gelu_tanh'],
  ['gelu_new', 'gelu_tanh'],
]);

/** Sizes above these are no model's; they keep a damaged config from asking for the moon. */
const maxLayers = 4096;
const maxWidth = 2 ** 24;
/** As `csrc/model/config.cpp` allows. */
const maxHeadDim = 512;

/** A plain Llama-like decoder: no biases, norms, windows or caps beyond the least. */
export function readDecoder(config: ConfigReader, defaults: DecoderDefaults): DecoderConfig {
  const width = { max: maxWidth };
  const num_layers = config.int('num_hidden_layers', undefined, { max: maxLayers });
  const num_heads = config.int('num_attention_heads', defaults.numHeads, width);
  const num_kv_heads = config.int('num_key_value_heads', defaults.kvHeads === 'heads' ? num_heads : defaults.kvHeads, width);
  const hidden_size = config.int('hidden_size', undefined, width);
  const head_dim = readHeadDim(config, defaults, hidden_size, num_heads);
  const max_positions = config.int('max_position_embeddings', defaults.maxPositions);
  if (num_kv_heads > 0 && num_heads % num_kv_heads !== 0) {
    config.malformed('num_key_value_heads', `expected a divisor of the ${num_heads} attention heads, found ${num_kv_heads}`);
  }
  return {
    vocab_size: config.int('vocab_size', defaults.vocabSize, width),
    hidden_size,
    intermediate_size: config.int('intermediate_size', undefined, width),
    num_layers,
    num_heads,
    num_kv_heads,
    head_dim,
    max_positions,
    rms_norm_eps: config.number('rms_norm_eps', defaults.rmsNormEps ?? 1e-6, { min: 0 }),
    norm_add_one: false,
    activation: readActivation(config, defaults),
    attention_scale: 1 / Math.sqrt(head_dim),
    attention_soft_cap: 0,
    logit_soft_cap: 0,
    sliding_window: new Array<number>(num_layers).fill(0),
    rope_tables: [],
    rope_of_layer: new Array<number>(num_layers).fill(0),
    embedding_scale: 1,
    tie_word_embeddings: config.bool('tie_word_embeddings', defaults.tieWordEmbeddings),
    qkv_bias: false,
    o_bias: false,
    mlp_bias: false,
    qk_norm: false,
    post_norms: false,
    fused_qkv: false,
    fused_gate_up: false,
  };
}

/** Adds one rotary table for all layers; longrope also bounds the positions. */
export function withRope(decoder: DecoderConfig, config: ConfigReader, defaultTheta = 10_000): DecoderConfig {
  const rope = readRope(config, { headDim: decoder.head_dim, maxPositions: decoder.max_positions, defaultTheta });
  const max_positions = rope.type === 'longrope' ? Math.min(decoder.max_positions, rope.originalMaxPositions) : decoder.max_positions;
  return { ...decoder, max_positions, rope_tables: [checkedRopeTable(config, rope)] };
}

/** The table, unless numbers that contradict each other (a base of 1 with yarn, say) leave no frequencies. */
export function checkedRopeTable(config: ConfigReader, rope: RopeParameters): DecoderConfig['rope_tables'][number] {
  const table = ropeTable(rope);
  if (!table.inv_freq.every((w) => Number.isFinite(w) && w >= 0) || !Number.isFinite(table.attention_scaling)) {
    config.malformed('rope_parameters', `expected numbers that give frequencies, found ones that do not (rope_type ${rope.type})`);
  }
  return table;
}

/** `sliding_window` of the layers that `isSliding` names. */
export function slidingWindows(
  config: ConfigReader,
  decoder: DecoderConfig,
  isSliding: (layer: number) => boolean,
  fallback?: number,
): number[] {
  const layers = Array.from({ length: decoder.num_layers }, (_, layer) => isSliding(layer));
  if (!layers.includes(true)) return layers.map(() => 0);
  const window = config.int('sliding_window', fallback);
  return layers.map((sliding) => (sliding ? window : 0));
}

/** `layer_types`, or undefined when the config has none: true where a layer's attention is sliding. */
export function readLayerTypes(config: ConfigReader, numLayers: number): boolean[] | undefined {
  const types = config.strings('layer_types');
  if (types === undefined) return undefined;
  if (types.length !== numLayers) config.malformed('layer_types', `expected ${numLayers} entries, one a layer, found ${types.length}`);
  const other = types.find((type) => type !== 'sliding_attention' && type !== 'full_attention');
  if (other !== undefined)
    config.unsupported('layer_types', `expected sliding_attention or full_attention, found ${JSON.stringify(other)}`);
  return types.map((type) => type === 'sliding_attention');
}

/** Refuses a true flag of a feature that the engine does not have. */
export function refuseFlag(config: ConfigReader, key: string, what: string): void {
  if (config.bool(key, false)) config.unsupported(key, `expected false, found true: ${what} is not supported`);
}

function readHeadDim(config: ConfigReader, { headDim }: DecoderDefaults, hiddenSize: number, numHeads: number): number {
  const implied = headDim ?? Math.max(1, Math.floor(hiddenSize / Math.max(1, numHeads)));
  if (!config.has('head_dim') && headDim === undefined && numHeads > 0 && hiddenSize % numHeads !== 0) {
    config.malformed('hidden_size', `expected a multiple of the ${numHeads} attention heads, found ${hiddenSize}`);
  }
  const dim = config.int('head_dim', implied, { max: maxWidth });
  if (dim % 2 !== 0 || dim > maxHeadDim) {
    config.unsupported(
      config.has('head_dim') ? 'head_dim' : 'hidden_size',
      `expected an even head size of at most ${maxHeadDim}, found ${dim}`,
    );
  }
  return dim;
}

function readActivation(
  config: ConfigReader,
  { activationKey = 'hidden_act', activation = 'silu' }: DecoderDefaults,
): DecoderConfig['activation'] {
  const name = config.string(activationKey, activation);
  const known = activations.get(name);
  if (known === undefined)
    config.unsupported(activationKey, `expected one of ${[...activations.keys()].join(', ')}, found ${JSON.stringify(name)}`);
  return known ?? 'silu';
}
