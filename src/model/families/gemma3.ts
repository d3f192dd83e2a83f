import type { DecoderConfig } from '../../native/types.ts';
import type { ConfigReader } from './config-reader.ts';
import { checkedRopeTable, readLayerTypes } from './decoder.ts';
import type { Family } from './family.ts';
import { gemmaWindows, readGemma } from './gemma2.ts';
import { readRopeParameters } from './rope-config.ts';

const globalTheta = 1_000_000;
const localTheta = 10_000;

/** Gemma 3, text; of the models that also see, the text part. */
export const gemma3: Family = {
  name: 'gemma3_text',
  architectures: ['Gemma3ForCausalLM', 'Gemma3ForConditionalGeneration'],
  modelTypes: ['gemma3_text', 'gemma3'],
  decoder(config) {
    const base = readGemma(config, { maxPositions: 131_072, vocabSize: 262_208, numHeads: 8, attentionSoftCap: 0, logitSoftCap: 0 });
    const pattern = config.int('sliding_window_pattern', config.int('_sliding_window_pattern', 6));
    const listed = readLayerTypes(config, base.num_layers);
    const isSliding = (layer: number) => listed?.[layer] ?? (layer + 1) % pattern !== 0;
    return {
      ...base,
      qk_norm: true,
      sliding_window: gemmaWindows(config, base, isSliding),
      rope_tables: ropeTables(config, base),
      rope_of_layer: base.rope_of_layer.map((_, layer) => (isSliding(layer) ? 1 : 0)),
    };
  },
};

/** Table 0 for full attention, 1 for sliding attention, which `rope_theta` and `rope_scaling` do not concern. */
function ropeTables(config: ConfigReader, decoder: DecoderConfig): DecoderConfig['rope_tables'] {
  const context = { headDim: decoder.head_dim, maxPositions: decoder.max_positions };
  const nested = config.object('rope_parameters');
  const full = config.object('rope_scaling') ?? nested?.object('full_attention');
  const sliding = nested?.object('sliding_attention');
  const local = config.number('rope_local_base_freq', localTheta, { min: 1 });
  return [
    checkedRopeTable(config, readRopeParameters(config, full, { ...context, defaultTheta: globalTheta })),
    checkedRopeTable(config, readRopeParameters(config.empty(), sliding, { ...context, defaultTheta: local })),
  ];
}
