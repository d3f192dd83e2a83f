/**
 * Rotary tables: default, linear, dynamic, llama3, yarn and longrope.
 * Each step is rounded to fp32 where transformers' `modeling_rope_utils.py` (5.24) computes on fp32 tensors.
 */
import type { RopeTable } from '../native/types.ts';

/** A rotary embedding as a config says it, defaults filled in. */
export interface RopeParameters {
  type: 'default' | 'linear' | 'dynamic' | 'llama3' | 'yarn' | 'longrope';
  theta: number;
  /** Values of a head that are rotated. */
  dim: number;
  factor: number;
  originalMaxPositions: number;
  lowFreqFactor: number;
  highFreqFactor: number;
  attentionFactor: number | undefined;
  mscale: number | undefined;
  mscaleAllDim: number | undefined;
  betaFast: number;
  betaSlow: number;
  truncate: boolean;
  /** longrope: divides the frequencies at up to `originalMaxPositions` positions; [dim / 2]. */
  shortFactor: readonly number[];
}

const f = Math.fround;

/** The frequencies and the factor on cos and sin. */
export function ropeTable(p: RopeParameters): RopeTable {
  switch (p.type) {
    // "dynamic" stretches the base only beyond the model's positions, where fettle never goes.
    case 'default':
    case 'dynamic':
      return { inv_freq: plainFrequencies(p), attention_scaling: 1 };
    case 'linear':
      return { inv_freq: plainFrequencies(p).map((w) => w / f(p.factor)), attention_scaling: 1 };
    case 'llama3':
      return { inv_freq: plainFrequencies(p).map((w) => llama3Frequency(w, p)), attention_scaling: 1 };
    case 'yarn':
      return { inv_freq: yarnFrequencies(p), attention_scaling: yarnScaling(p) };
    case 'longrope':
      return { inv_freq: longropeFrequencies(p), attention_scaling: longropeScaling(p) };
  }
}

/** Base to the power 2 i / dim: the wavelength of pair i over 2 pi. [dim / 2] */
function plainPowers({ theta, dim }: RopeParameters): Float32Array {
  return Float32Array.from({ length: dim / 2 }, (_, i) => f(theta) ** f((2 * i) / dim));
}

function plainFrequencies(p: RopeParameters): Float32Array {
  return plainPowers(p).map((power) => 1 / power);
}

/** Llama 3.1: long wavelengths are stretched by `factor`, short ones kept, those between blended. */
function llama3Frequency(w: number, { factor, lowFreqFactor, highFreqFactor, originalMaxPositions }: RopeParameters): number {
  const wavelength = f(f(1 / w) * f(2 * Math.PI));
  const stretched = f(w / f(factor));
  if (wavelength > f(originalMaxPositions / lowFreqFactor)) return stretched;
  if (wavelength < f(originalMaxPositions / highFreqFactor)) return w;
  const ratio = f(f(1 / wavelength) * f(originalMaxPositions));
  const smooth = f(f(ratio - f(lowFreqFactor)) / f(highFreqFactor - lowFreqFactor));
  return f(f(f(f(1 - smooth) * w) / f(factor)) + f(smooth * w));
}

/** YaRN (arXiv 2309.00071): interpolation for long wavelengths, none for short ones, a linear ramp between. */
function yarnFrequencies(p: RopeParameters): Float32Array {
  const [low, high] = yarnRange(p);
  return plainPowers(p).map((power, i) => {
    const extrapolated = f(1 / power);
    const interpolated = f(1 / f(f(p.factor) * power));
    const ramp = Math.min(1, Math.max(0, f(f(i - f(low)) / f(high - low))));
    const keep = f(1 - ramp);
    return f(f(interpolated * f(1 - keep)) + f(extrapolated * keep));
  });
}

/** First and last pair of the ramp. */
function yarnRange({ theta, dim, betaFast, betaSlow, originalMaxPositions, truncate }: RopeParameters): [number, number] {
  const pairOf = (rotations: number) => (dim * Math.log(originalMaxPositions / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
  const first = truncate ? Math.floor(pairOf(betaFast)) : pairOf(betaFast);
  const last = truncate ? Math.ceil(pairOf(betaSlow)) : pairOf(betaSlow);
  const low = Math.max(first, 0);
  const high = Math.min(last, dim - 1);
  return low === high ? [low, high + 0.001] : [low, high];
}

function yarnScaling({ factor, attentionFactor, mscale, mscaleAllDim }: RopeParameters): number {
  if (attentionFactor !== undefined) return attentionFactor;
  const scale = (m: number) => (factor <= 1 ? 1 : 0.1 * m * Math.log(factor) + 1);
  return mscale && mscaleAllDim ? scale(mscale) / scale(mscaleAllDim) : scale(1);
}

/** LongRoPE (arXiv 2402.13753) at up to the original positions; beyond them other factors would hold, so a model stops there. */
function longropeFrequencies(p: RopeParameters): Float32Array {
  return plainPowers(p).map((power, i) => f(1 / f(f(p.shortFactor[i]!) * power)));
}

function longropeScaling({ factor, attentionFactor, originalMaxPositions }: RopeParameters): number {
  if (attentionFactor !== undefined) return attentionFactor;
  return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalMaxPositions));
}
