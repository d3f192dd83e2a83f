/** A model loaded into the engine. */
import { interruptible } from '../errors.ts';
import { nativeAddon } from '../native/addon.ts';
import { chosenDevice } from '../native/device.ts';
import type { ModelOptions, NativeModel, WeightSource } from '../native/types.ts';
import { engineConfig } from './engine-config.ts';
import type { OnModelProgress } from './progress.ts';
import { type ModelSource, openModel } from './source.ts';

export interface LoadModelOptions {
  /** Default auto: what FETTLE_DEVICE says, else the best there is. */
  device?: string;
  /** How linear weights are kept; default nf4, as in a config file. A checkpoint that is NF4 already stays so. */
  quantization?: ModelOptions['quantization'];
  /** Default bf16. */
  compute_dtype?: ModelOptions['compute_dtype'];
  onProgress?: OnModelProgress;
  signal?: AbortSignal;
}

export interface LoadedModel {
  readonly source: ModelSource;
  readonly native: NativeModel;
  /** As it was loaded with. */
  readonly quantization: ModelOptions['quantization'];
  readonly compute_dtype: ModelOptions['compute_dtype'];
  /** Gives the memory back; also by `using`. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/**
 * Loads a model (one that was opened, or by its name), one weight at a time: never two copies of it.
 * Throws what `openModel` throws; `FETTLE_DEVICE`, `FETTLE_MEMORY`, `FETTLE_INTERRUPTED`. After an error nothing is held.
 */
export async function loadModel(model: ModelSource | string, options: LoadModelOptions = {}): Promise<LoadedModel> {
  return interruptible('loading the model', options.signal, () => load(model, options));
}

async function load(model: ModelSource | string, options: LoadModelOptions): Promise<LoadedModel> {
  const { device = 'auto', quantization = 'nf4', compute_dtype = 'bf16', onProgress, signal } = options;
  const source = typeof model === 'string' ? await openModel(model, { onProgress, signal }) : model;
  signal?.throwIfAborted();
  const native = nativeAddon().createModel(engineConfig(source.config, compute_dtype), {
    device: chosenDevice(device),
    quantization,
    compute_dtype,
  });
  try {
    await loadWeights(native, source.weights, { onProgress, signal });
    native.finishLoading();
  } catch (error) {
    native.free();
    throw error;
  }
  const dispose = () => native.free();
  return { source, native, quantization, compute_dtype, dispose, [Symbol.dispose]: dispose };
}

/** Bytes that a weight takes in its files. */
export function storedBytes(source: WeightSource): number {
  if (!('nf4' in source)) return source.bytes;
  const nested = source.nested ? source.nested.absmax.bytes + source.nested.map.bytes : 0;
  return source.packed.bytes + source.absmax.bytes + nested;
}

async function loadWeights(
  native: NativeModel,
  weights: ReadonlyMap<string, WeightSource>,
  { onProgress, signal }: Pick<LoadModelOptions, 'onProgress' | 'signal'>,
): Promise<void> {
  const total = [...weights.values()].reduce((sum, source) => sum + storedBytes(source), 0);
  let bytes = 0;
  for (const [name, source] of weights) {
    signal?.throwIfAborted();
    await native.load(name, source);
    bytes += storedBytes(source);
    onProgress?.({ stage: 'load', name, bytes, total });
  }
}
