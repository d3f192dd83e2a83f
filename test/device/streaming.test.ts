/** Weights on their way to a device: quantized there, chunk by chunk, to the bits that the host makes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readCheckpoint } from '../../src/model/checkpoint.ts';
import { readSafetensorsFolder } from '../../src/model/safetensors-index.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import { type OpTensor, runOp } from '../../src/native/ops.ts';
import type { DecoderConfig, NativeModel, ParameterInfo, StoredNf4, WeightSource } from '../../src/native/types.ts';
import { device, random, toBf16 } from '../ops/support.ts';
import { temporaryFolder } from '../train/temporary-folder.ts';

/** Its MLP's weights are longer than a chunk, and end within one. */
const config: DecoderConfig = {
  vocab_size: 50,
  hidden_size: 36,
  intermediate_size: 29_400,
  num_layers: 1,
  num_heads: 2,
  num_kv_heads: 1,
  head_dim: 18,
  max_positions: 64,
  rms_norm_eps: 1e-5,
  norm_add_one: false,
  activation: 'silu',
  attention_scale: 0.25,
  attention_soft_cap: 0,
  logit_soft_cap: 0,
  sliding_window: [0],
  rope_tables: [{ inv_freq: Float32Array.of(1, 0.5), attention_scaling: 1 }],
  rope_of_layer: [0],
  embedding_scale: 1,
  tie_word_embeddings: true,
  qkv_bias: false,
  o_bias: false,
  mlp_bias: false,
  qk_norm: false,
  post_norms: false,
  fused_qkv: false,
  fused_gate_up: false,
};
const built = nativeAddon().deviceReport(device === 'simt' ? 'simt' : 'cuda').built;

/** Where bitsandbytes wrote its dynamic map. */
async function dynamicMap() {
  const folder = fileURLToPath(new URL('../fixtures/bnb-nf4/checkpoint/nf4/', import.meta.url));
  const { weights } = await readCheckpoint(await readSafetensorsFolder(folder));
  return [...weights.values()].find((weight): weight is StoredNf4 => 'nf4' in weight)!.nested!.map;
}

/** A weight of this type, read from a file, as it is and as NF4 that the oracle made. */
async function weights(
  folder: string,
  { name, shape, linear }: ParameterInfo,
  type: 'F32' | 'BF16',
): Promise<[WeightSource, WeightSource]> {
  const n = shape.reduce((a, b) => a * b, 1);
  const next = random(n);
  const values = Float32Array.from({ length: n }, () => (shape.length === 1 ? 1 : next() * 0.2));
  const bits = type === 'BF16' ? Uint16Array.from(values, toBf16) : values;
  const file = (part: string, data: ArrayBufferView) => {
    const path = join(folder, `${name}.${part}`);
    writeFileSync(path, data as Uint8Array);
    return { file: path, offset: 0, bytes: data.byteLength };
  };
  const plain: WeightSource = { ...file('plain', bits), type, shape };
  if (!linear) return [plain, plain];
  const blocks = Math.ceil(n / 64);
  const x: OpTensor = { data: bits, dtype: type === 'BF16' ? 'bf16' : 'f32', shape: [1, n] };
  const [packed, codes] = [new Uint8Array(Math.ceil(n / 2)), new Uint8Array(blocks)];
  const [absmax, absmax2, offset] = [new Float32Array(blocks), new Float32Array(Math.ceil(blocks / 256)), new Float32Array(1)];
  const flat = (data: Uint8Array | Float32Array): OpTensor => ({
    data,
    dtype: data instanceof Uint8Array ? 'u8' : 'f32',
    shape: [data.length],
  });
  runOp('nf4_quantize', { x, packed: flat(packed), absmax: flat(absmax) }, 'scalar');
  runOp('nf4_quantize_scales', { absmax: flat(absmax), codes: flat(codes), absmax2: flat(absmax2), offset: flat(offset) }, 'scalar');
  const nested = { absmax: file('absmax2', absmax2), map: await dynamicMap(), offset: offset[0]!, blocksize: 256 };
  return [
    plain,
    { nf4: true, shape: shape as [number, number], blocksize: 64, packed: file('packed', packed), absmax: file('codes', codes), nested },
  ];
}

describe.skipIf(!built)(`weights on ${device}`, () => {
  test.each(['BF16', 'F32'] as const)(
    '%s: quantized on the device they are those that the host makes',
    { timeout: 300_000 },
    async (type) => {
      const folder = temporaryFolder();
      const options = { device, compute_dtype: 'bf16', quantization: 'nf4' } as const;
      const models = [0, 1].map(() => nativeAddon().createModel(config, options)) as [NativeModel, NativeModel];
      for (const parameter of models[0].parameters()) {
        const [stored, quantized] = await weights(folder, parameter, type);
        await models[0].load(parameter.name, stored);
        await models[1].load(parameter.name, quantized);
      }
      const input_ids = Int32Array.from({ length: 2 }, (_, i) => i * 7);
      const [streamed, host] = await Promise.all(
        models.map((native) => {
          native.finishLoading();
          return native.logits({ input_ids, cu_seqlens: Int32Array.of(0, 2) });
        }),
      );
      expect(streamed).toEqual(host);
      expect(models[0].memory().weights).toBe(models[1].memory().weights);
      for (const native of models) native.free();
    },
  );
});
