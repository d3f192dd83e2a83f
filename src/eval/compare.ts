/** Base and tuned side by side on the same prompts, with one model in memory. */
import type { Turn } from '../data/row.ts';
import { FettleError } from '../errors.ts';
import type { LoadedModel } from '../model/load.ts';
import { complete, type GenerateOptions, type GenerationEnd } from './generate.ts';
import { useAdapter } from './use-adapter.ts';

export interface CompareOptions extends Omit<GenerateOptions, 'prompt' | 'turns' | 'raw' | 'adapter'> {
  /** Folder of the PEFT adapter. */
  adapter: string;
  /** User messages or whole conversations. */
  prompts: readonly (string | readonly Turn[])[];
}

export interface Comparison {
  prompt: string | readonly Turn[];
  base: GenerationEnd;
  tuned: GenerationEnd;
}

/**
 * Answers every prompt with the base, then with the adapter on it; a comparison comes as soon as its second answer is there.
 * @throws FettleError FETTLE_ADAPTER, FETTLE_INTERRUPTED when the signal stops it
 */
export async function* compare(model: LoadedModel, { adapter, prompts, ...options }: CompareOptions): AsyncGenerator<Comparison> {
  const answer = async (prompt: string | readonly Turn[]) => {
    const end = await complete(model, { ...options, ...(typeof prompt === 'string' ? { prompt } : { turns: prompt }) });
    if (end.finish_reason === 'abort') throw new FettleError('FETTLE_INTERRUPTED', 'the comparison was interrupted');
    return end;
  };
  const base = [];
  for (const prompt of prompts) base.push(await answer(prompt));
  const inUse = await useAdapter(model, adapter);
  try {
    for (const [index, prompt] of prompts.entries()) yield { prompt, base: base[index]!, tuned: await answer(prompt) };
  } finally {
    inUse.remove();
  }
}
