/** A model, with the adapter that --adapter names. */
import type { LoadedModel } from '../model/load.ts';
import { engineSettings, type ModelFlags } from './model-flags.ts';
import { loadWithProgress } from './open-with-progress.ts';
import { errColors as c, tell } from './output.ts';

export interface AdapterFlags extends ModelFlags {
  model: string;
  adapter?: string;
}

/** Loads the model and puts the adapter on it; what speaks against the two together is said on stderr. */
export async function loadWithAdapter({ model, adapter, ...flags }: AdapterFlags): Promise<LoadedModel> {
  const { useAdapter } = await import('../eval/use-adapter.ts');
  const loaded = await loadWithProgress(model, engineSettings(flags));
  if (adapter === undefined) return loaded;
  const { warnings } = await useAdapter(loaded, adapter);
  for (const warning of warnings) tell(`${c.yellow('warning')}: ${warning}`);
  return loaded;
}
