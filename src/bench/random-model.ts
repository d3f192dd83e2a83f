/** A model of a shape, its weights made in place: NF4 weights are never there in another form. */
import { engineConfig } from '../model/engine-config.ts';
import { nativeAddon } from '../native/addon.ts';
import type { ModelOptions, NativeModel, ParameterInfo } from '../native/types.ts';
import { decoderOf, type ShapeName } from './shapes.ts';

export type Precision = Pick<ModelOptions, 'quantization' | 'compute_dtype'>;

/** The caller frees it. */
export async function randomModel(shape: ShapeName, { quantization, compute_dtype }: Precision, device = 'cpu'): Promise<NativeModel> {
  const native = nativeAddon().createModel(engineConfig(decoderOf(shape), compute_dtype), { device, quantization, compute_dtype });
  for (const [seed, { name, shape: size }] of native.parameters().entries()) {
    const norm = size.length === 1;
    await native.load(name, { random: { seed, mean: norm ? 1 : 0, std: norm ? 0 : 0.02 } });
  }
  native.finishLoading();
  return native;
}

/** LoRA on every linear, as `target_modules: all-linear` has it. */
export function addLora(native: NativeModel, r: number): void {
  const linears = native.parameters().filter(({ linear }) => linear);
  const target_modules = [...new Set(linears.map(({ name }) => name.split('.').at(-2)!))];
  native.addLora({ r, lora_alpha: 2 * r, lora_dropout: 0, use_rslora: false, target_modules, seed: 1 });
}

/** Bytes of weights that a step of generation reads: each layer's linears, and the head. */
export function bytesPerStep(parameters: readonly ParameterInfo[], { quantization, compute_dtype }: Precision): number {
  const wide = compute_dtype === 'bf16' ? 2 : 4;
  const nf4 = 0.5 + 1 / 64 + 1 / 64 / 64;
  const head = parameters.some(({ name }) => name === 'lm_head.weight') ? 'lm_head.weight' : 'model.embed_tokens.weight';
  const bytes = ({ name, shape, linear }: ParameterInfo) => {
    const weights = shape.reduce((product, n) => product * n, 1);
    if (linear) return weights * (quantization === 'nf4' ? nf4 : wide);
    return name === head ? weights * wide : 0;
  };
  return parameters.reduce((total, parameter) => total + bytes(parameter), 0);
}
