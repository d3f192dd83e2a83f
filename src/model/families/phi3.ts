import { readDecoder, slidingWindows, withRope } from './decoder.ts';
import type { Family } from './family.ts';

/** Phi-3, Phi-3.5 and Phi-4 mini: fused projections; with longrope up to the original positions. */
export const phi3: Family = {
  name: 'phi3',
  architectures: ['Phi3ForCausalLM'],
  modelTypes: ['phi3'],
  decoder(config) {
    const base = readDecoder(config, { maxPositions: 4096, kvHeads: 'heads', rmsNormEps: 1e-5, tieWordEmbeddings: false });
    const sliding_window = slidingWindows(config, base, () => config.has('sliding_window'));
    return withRope({ ...base, fused_qkv: true, fused_gate_up: true, sliding_window }, config);
  },
};
