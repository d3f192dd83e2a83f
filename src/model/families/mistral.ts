import { readDecoder, slidingWindows, withRope } from './decoder.ts';
import type { Family } from './family.ts';

export const mistral: Family = {
  name: 'mistral',
  architectures: ['MistralForCausalLM'],
  modelTypes: ['mistral'],
  decoder(config) {
    const base = readDecoder(config, { maxPositions: 131_072, kvHeads: 8, tieWordEmbeddings: false });
    // null says "no window"; a config that is silent has the first Mistral's.
    const slides = config.get('sliding_window') !== null;
    return withRope({ ...base, sliding_window: slidingWindows(config, base, () => slides, 4096) }, config);
  },
};
