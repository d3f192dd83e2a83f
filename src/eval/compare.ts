/** Base and tuned side by side on the same prompts, with one model in memory. */
import type { Turn } from '../data/row.ts';
import { FettleError } from '../errors.ts';
import type { LoadedModel } from '../model/load.ts';
import type { GenerationEnd } from './answer.ts';
import type { GenerateOptions } from './generate.ts';
import { generateAll } from './generate-all.ts';

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
 * Answers every prompt with the base and with the adapter on it, many at a time; a comparison comes as soon as both answers, and all
 * comparisons before it, are there.
 * @throws FettleError FETTLE_ADAPTER, FETTLE_INTERRUPTED when the signal stops it
 */
export async function* compare(model: LoadedModel, { adapter, prompts, signal, ...options }: CompareOptions): AsyncGenerator<Comparison> {
  const requests = prompts.flatMap((prompt) => {
    const base = { ...options, ...(typeof prompt === 'string' ? { prompt } : { turns: prompt }) };
    return [base, { ...base, adapter }];
  });
  const ends = new Map<number, GenerationEnd>();
  let shown = 0;
  for await (const { index, end } of generateAll(model, requests, signal && { signal })) {
    if (end.finish_reason === 'abort') throw new FettleError('FETTLE_INTERRUPTED', 'the comparison was interrupted');
    ends.set(index, end);
    for (; ends.has(2 * shown) && ends.has(2 * shown + 1); shown++)
      yield { prompt: prompts[shown]!, base: ends.get(2 * shown)!, tuned: ends.get(2 * shown + 1)! };
  }
}
