import { readDecoder, withRope } from './decoder.ts';
import type { Family } from './family.ts';
import { qwenWindows } from './qwen2.ts';

export const qwen3: Family = {
  name: 'qwen3',
  architectures: ['Qwen3ForCausalLM'],
  modelTypes: ['qwen3'],
  decoder(config) {
    const base = readDecoder(config, { maxPositions: 32_768, kvHeads: 32, headDim: 128, tieWordEmbeddings: false });
    const bias = config.bool('attention_bias', false);
    return withRope({ ...base, qkv_bias: bias, o_bias: bias, qk_norm: true, sliding_window: qwenWindows(config, base) }, config);
  },
};
