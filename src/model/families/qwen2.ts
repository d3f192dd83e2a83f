import type { DecoderConfig } from '../../native/types.ts';
import type { ConfigReader } from './config-reader.ts';
import { readDecoder, readLayerTypes, slidingWindows, withRope } from './decoder.ts';
import type { Family } from './family.ts';

/** Qwen2 and Qwen2.5. */
export const qwen2: Family = {
  name: 'qwen2',
  architectures: ['Qwen2ForCausalLM'],
  modelTypes: ['qwen2'],
  decoder(config) {
    const base = readDecoder(config, { maxPositions: 32_768, kvHeads: 32, tieWordEmbeddings: false });
    return withRope({ ...base, qkv_bias: true, sliding_window: qwenWindows(config, base) }, config);
  },
};

/** Qwen 2 and 3: layers from `max_window_layers` on slide, if `use_sliding_window`; `layer_types` overrules which. */
export function qwenWindows(config: ConfigReader, decoder: DecoderConfig): number[] {
  const slides = config.bool('use_sliding_window', false) && config.get('sliding_window') !== null;
  const first = config.int('max_window_layers', 28, { min: 0 });
  const listed = readLayerTypes(config, decoder.num_layers);
  return slidingWindows(config, decoder, (layer) => slides && (listed?.[layer] ?? layer >= first), 4096);
}
