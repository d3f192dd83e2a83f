import { readDecoder, withRope } from './decoder.ts';
import type { Family } from './family.ts';

/** Llama 2, 3, 3.1 and later; SmolLM2. */
export const llama: Family = {
  name: 'llama',
  architectures: ['LlamaForCausalLM'],
  modelTypes: ['llama'],
  decoder(config) {
    const base = readDecoder(config, { maxPositions: 2048, kvHeads: 'heads', tieWordEmbeddings: false });
    const bias = config.bool('attention_bias', false);
    return withRope({ ...base, qkv_bias: bias, o_bias: bias, mlp_bias: config.bool('mlp_bias', false) }, config);
  },
};
