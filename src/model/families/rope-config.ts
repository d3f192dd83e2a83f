/** Rotary parameters as configs say them: `rope_parameters` (transformers 5), `rope_theta` with `rope_scaling` (4). */
import type { RopeParameters } from '../rope.ts';
import type { ConfigReader } from './config-reader.ts';

const ropeTypes = ['default', 'linear', 'dynamic', 'llama3', 'yarn', 'longrope'] as const;

export interface RopeContext {
  headDim: number;
  maxPositions: number;
  /** `rope_theta` when neither place gives one. */
  defaultTheta: number;
}

/** The rotary parameters of a config that has one set for all layers. */
export function readRope(config: ConfigReader, context: RopeContext): RopeParameters {
  const scaling = config.object('rope_scaling') ?? config.object('rope_parameters');
  return readRopeParameters(config, scaling, context);
}

/** The rotary parameters in `scaling`, with what the config says outside of it. */
export function readRopeParameters(config: ConfigReader, scaling: ConfigReader | undefined, context: RopeContext): RopeParameters {
  const { headDim, maxPositions, defaultTheta } = context;
  const inner = scaling ?? config;
  const type = readType(scaling);
  const theta = inner.has('rope_theta') ? inner : config;
  const partial = inner.has('partial_rotary_factor') ? inner : config;
  const dim = Math.trunc(headDim * partial.number('partial_rotary_factor', 1, { min: 0, max: 1 }));
  // A value beside the dictionary wins, as in transformers.
  const original = config.has('original_max_position_embeddings') ? config : inner;
  const originalMaxPositions = original.int('original_max_position_embeddings', maxPositions);
  const parameters: RopeParameters = {
    type,
    theta: theta.number('rope_theta', defaultTheta, { min: 1 }),
    dim,
    factor: readFactor(inner, type, maxPositions / originalMaxPositions),
    originalMaxPositions,
    lowFreqFactor: type === 'llama3' ? inner.number('low_freq_factor', undefined, { min: 1e-6 }) : 1,
    highFreqFactor: type === 'llama3' ? inner.number('high_freq_factor', undefined, { min: 1e-6 }) : 4,
    attentionFactor: inner.optionalNumber('attention_factor', { min: 0 }),
    mscale: inner.optionalNumber('mscale'),
    mscaleAllDim: inner.optionalNumber('mscale_all_dim'),
    betaFast: inner.number('beta_fast', 0) || 32,
    betaSlow: inner.number('beta_slow', 0) || 1,
    truncate: inner.bool('truncate', true),
    shortFactor: type === 'longrope' ? readShortFactor(inner, dim) : [],
  };
  if (dim < 2 || dim % 2 !== 0)
    partial.unsupported('partial_rotary_factor', `expected an even number of rotated values, found ${dim} of ${headDim}`);
  if (type === 'llama3' && parameters.highFreqFactor === parameters.lowFreqFactor) {
    inner.malformed('high_freq_factor', `expected other than low_freq_factor, found ${parameters.highFreqFactor} for both`);
  }
  return parameters;
}

function readType(scaling: ConfigReader | undefined): RopeParameters['type'] {
  if (scaling === undefined) return 'default';
  const key = scaling.has('rope_type') ? 'rope_type' : 'type';
  const name = scaling.string(key, 'default');
  // Phi-3's first configs called longrope "su" and "yarn".
  const isLongrope = name === 'su' || (name === 'yarn' && scaling.has('short_factor'));
  const type = isLongrope ? 'longrope' : ropeTypes.find((known) => known === name);
  if (type === undefined) scaling.unsupported(key, `expected one of ${ropeTypes.join(', ')}, found ${JSON.stringify(name)}`);
  return type ?? 'default';
}

function readFactor(scaling: ConfigReader, type: RopeParameters['type'], implied: number): number {
  if (type === 'default' || type === 'dynamic') return 1;
  const fallback = type === 'yarn' || type === 'longrope' ? implied : undefined;
  return scaling.number('factor', fallback, { min: 1e-6 });
}

function readShortFactor(scaling: ConfigReader, dim: number): number[] {
  const factors = scaling.numbers('short_factor') ?? [];
  const good = factors.length === dim / 2 && factors.every((n) => n > 0);
  if (!good) scaling.malformed('short_factor', `expected ${dim / 2} positive numbers, found ${factors.length} numbers`);
  return factors;
}
