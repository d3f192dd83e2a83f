/** A run's memory, planned before the model is loaded. */
import type { FettleConfig } from '../config/schema.ts';
import type { Adapter } from '../export/peft-reader.ts';
import { engineConfig } from '../model/engine-config.ts';
import type { ModelSource } from '../model/source.ts';
import { nativeAddon } from '../native/addon.ts';
import { chosenDevice, gpuOf } from '../native/device.ts';
import type { NativeModel } from '../native/types.ts';
import { doesNotFit, type EngineMemory, type MemoryNeeds } from './memory-advice.ts';
import { gpuMemoryBudget, type MemoryBudget, memoryBudget } from './memory-budget.ts';
import { type MemoryPlan, planMemory } from './memory-plan.ts';
import { trainedLora } from './prepare-adapter.ts';

export interface RunMemory extends MemoryPlan {
  budget: MemoryBudget;
}

export interface RunMemoryInput {
  config: FettleConfig;
  source: ModelSource;
  /** The adapter that the run starts from. */
  init: Adapter | null;
  longest_row: number;
  /** Of the checkpoint that is resumed: other micro-batches would round differently. What is recomputed changes no bit. */
  micro_batch_tokens: number | null;
}

/**
 * Loads nothing and takes nothing.
 * @throws FettleError FETTLE_MEMORY with ranked advice when no way to make a step fits; FETTLE_USAGE for a bad FETTLE_MEMORY; what
 * `trainedLora` throws
 */
export function planRunMemory({ config, source, init, longest_row, micro_batch_tokens }: RunMemoryInput): RunMemory {
  const gpu = gpuOf(config.device);
  const budget = gpu === null ? memoryBudget() : gpuMemoryBudget(gpu);
  const engine: EngineMemory =
    ({ quantization, optimizer, lora }) =>
    (tokens, activation_checkpointing) =>
      withUnloaded(source, { ...config, quantization }, (native) =>
        native.trainingMemory({ tokens, activation_checkpointing, optimizer, lora, stored_bf16: storesBf16(source) }),
      );
  const settings = { ...config.train, ...(micro_batch_tokens !== null && { micro_batch_tokens }) };
  const quantization = source.preQuantized ? 'nf4' : config.quantization;
  const lora =
    config.method.type === 'full' ? null : withUnloaded(source, config, (native) => trainedLora(native.parameters(), config, init));
  const needs: MemoryNeeds = { settings, longest_row, quantization, optimizer: settings.optimizer, lora };
  const plan = planMemory({ settings, longest_row, budget, memoryOf: engine(needs) });
  if (plan === null) throw doesNotFit(needs, budget, engine);
  return { ...plan, budget };
}

/** Calls `use` with a model that knows its shapes and holds no weights. */
function withUnloaded<T>(
  source: ModelSource,
  { device, compute_dtype, quantization }: Pick<FettleConfig, 'device' | 'compute_dtype' | 'quantization'>,
  use: (native: NativeModel) => T,
): T {
  const options = { device: chosenDevice(device), compute_dtype, quantization };
  const native = nativeAddon().createModel(engineConfig(source.config, compute_dtype), options);
  try {
    return use(native);
  } finally {
    native.free();
  }
}

function storesBf16({ weights }: ModelSource): boolean {
  return [...weights.values()].every((weight) => 'nf4' in weight || weight.type === 'BF16' || weight.shape.length === 1);
}
