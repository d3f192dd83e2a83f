/** What `check`, `review` and `new` look at besides the data: a model's tokens, a text of facts. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readText } from '../config/read-text.ts';
import type { FettleConfig } from '../config/schema.ts';
import type { CheckOptions } from '../data/check.ts';
import { FettleError } from '../errors.ts';
import type { LoadedModel } from '../model/load.ts';
import { engineSettings } from './model-flags.ts';

export type CheckModel = NonNullable<CheckOptions['model']>;

/** What a model makes of the rows. Throws FETTLE_TOKENIZER for one without a tokenizer, and what opening it throws. */
export async function checkModel(spec: string, trainOn: FettleConfig['data']['train_on'], maxLength: number): Promise<CheckModel> {
  const { openWithProgress } = await import('./open-with-progress.ts');
  const { tokenizer, chatTemplate, eosIds, config, name } = await openWithProgress(spec);
  if (tokenizer === null) throw withoutTokenizer(name);
  return { tokenizer, chatTemplate, eosIds, train_on: trainOn, max_length: Math.min(maxLength, config.max_positions) };
}

/** The model of `--semantic`, loaded: the one that is named, else that of a `fettle.yaml` beside the data or in the working directory. */
export async function meaningModel(spec: string | undefined, data: string): Promise<LoadedModel> {
  const { loadConfig } = await import('../config/load.ts');
  const { loadWithProgress } = await import('./open-with-progress.ts');
  const config = ['fettle.yaml', join(dirname(data), 'fettle.yaml')].find((file) => existsSync(file));
  if (spec === undefined && config === undefined) {
    throw new FettleError('FETTLE_USAGE', 'expected --model beside --semantic, or a fettle.yaml that names one, found neither');
  }
  const loaded = await loadWithProgress(spec ?? (await loadConfig(config!)).model, engineSettings({ quantization: 'none' }));
  if (loaded.source.tokenizer !== null) return loaded;
  loaded[Symbol.dispose]();
  throw withoutTokenizer(loaded.source.name);
}

function withoutTokenizer(name: string): FettleError {
  return new FettleError('FETTLE_TOKENIZER', `expected a model with a tokenizer, found ${name} without one`);
}

/** The text of a facts file. Throws FETTLE_FILE_NOT_FOUND, FETTLE_PERMISSION, FETTLE_DATA_ENCODING. */
export async function factsText(file: string): Promise<string> {
  return readText(file, { what: 'facts', notUtf8: 'FETTLE_DATA_ENCODING' });
}
