/** What `check`, `review` and `new` look at besides the data: a model's tokens, a text of facts. */
import { readText } from '../config/read-text.ts';
import type { FettleConfig } from '../config/schema.ts';
import type { CheckOptions } from '../data/check.ts';
import { FettleError } from '../errors.ts';

export type CheckModel = NonNullable<CheckOptions['model']>;

/** What a model makes of the rows. Throws FETTLE_TOKENIZER for one without a tokenizer, and what opening it throws. */
export async function checkModel(spec: string, trainOn: FettleConfig['data']['train_on'], maxLength: number): Promise<CheckModel> {
  const { openWithProgress } = await import('./open-with-progress.ts');
  const { tokenizer, chatTemplate, eosIds, config, name } = await openWithProgress(spec);
  if (tokenizer === null) throw new FettleError('FETTLE_TOKENIZER', `expected a model with a tokenizer, found ${name} without one`);
  return { tokenizer, chatTemplate, eosIds, train_on: trainOn, max_length: Math.min(maxLength, config.max_positions) };
}

/** The text of a facts file. Throws FETTLE_FILE_NOT_FOUND, FETTLE_PERMISSION, FETTLE_DATA_ENCODING. */
export async function factsText(file: string): Promise<string> {
  return readText(file, { what: 'facts', notUtf8: 'FETTLE_DATA_ENCODING' });
}
