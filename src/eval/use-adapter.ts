/** Adapters on a loaded model, for a while. */
import { originOf, originWarnings } from '../export/adapter-origin.ts';
import { attachAdapter, readAdapter } from '../export/peft-reader.ts';
import type { LoadedModel } from '../model/load.ts';

export interface AdapterInUse {
  /** What differs from the base that it was trained on, a sentence each. */
  warnings: string[];
  /** Gives the base model back. */
  remove(): void;
}

/**
 * Puts a PEFT adapter on a model that has none.
 * @throws FettleError FETTLE_FILE_NOT_FOUND, FETTLE_ADAPTER with every bad tensor, FETTLE_MODEL_FORMAT
 */
export async function useAdapter(model: LoadedModel, path: string): Promise<AdapterInUse> {
  const adapter = await readAdapter(path);
  await attachAdapter(model.native, adapter, { purpose: 'use' });
  return { warnings: originWarnings(adapter.origin, originOf(model.source, model)), remove: () => model.native.removeLora() };
}

export interface KeptAdapter {
  /** What differs from the base that it was trained on, a sentence each. */
  warnings: string[];
  /** By which sequences ask for it. */
  adapter: number;
  drop(): void;
}

/**
 * Keeps a PEFT adapter beside a model that has none on it, for sequences that ask for it; several can be kept.
 * @throws FettleError as {@link useAdapter}
 */
export async function keepAdapter(model: LoadedModel, path: string): Promise<KeptAdapter> {
  const { warnings } = await useAdapter(model, path);
  const adapter = model.native.keepLora();
  return { warnings, adapter, drop: () => model.native.dropAdapter(adapter) };
}
