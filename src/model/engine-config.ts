/** A decoder's numbers as the engine computes with them. */
import type { DecoderConfig, ModelOptions } from '../native/types.ts';

/** transformers rounds the embedding's scale to the type of the weights, so it depends on what is computed in. */
export function engineConfig(config: DecoderConfig, compute_dtype: ModelOptions['compute_dtype']): DecoderConfig {
  return compute_dtype === 'bf16' ? { ...config, embedding_scale: roundToBf16(config.embedding_scale) } : config;
}

/** To the nearest bf16, ties to even. */
function roundToBf16(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  const bits = view.getUint32(0);
  view.setUint32(0, (bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000);
  return view.getFloat32(0);
}
