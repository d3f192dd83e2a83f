/** Whether a run can go on, and from where. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readConfigFile } from '../config/load.ts';
import type { FettleConfig } from '../config/schema.ts';
import { FettleError, type Problem } from '../errors.ts';
import { latestCheckpoint } from './checkpoint.ts';
import type { CheckpointState } from './checkpoint-state.ts';
import type { RunFolder } from './run-folder.ts';

/** What may differ between a run and its resumption. */
const mayChange = new Set(['output_dir', 'train.epochs', 'train.max_steps', 'train.save_steps', 'train.save_total_limit']);

export interface ResumePlan {
  /** The checkpoint to go on from; null: from the beginning. */
  checkpoint: CheckpointState | null;
  /** True when the run has ended and its length was not changed. */
  finished: boolean;
}

/**
 * Compares the settings with those the run began with and finds its newest checkpoint.
 * @throws FettleError FETTLE_RESUME naming every setting that may not change, or a damaged checkpoint
 */
export async function planResume(folder: RunFolder, config: FettleConfig): Promise<ResumePlan> {
  folder.expectFolder();
  if (existsSync(folder.config)) expectSameSettings((await readConfigFile(folder.config)).config, config, folder.config);
  const checkpoint = await latestCheckpoint(folder);
  if (checkpoint === null || checkpoint.finished === null) return { checkpoint, finished: false };
  const { length } = checkpoint;
  const sameLength = length.epochs === config.train.epochs && length.max_steps === config.train.max_steps;
  const result = config.method.type === 'full' ? join('model', 'model.safetensors') : join('adapter', 'adapter_model.safetensors');
  const finished = (sameLength || checkpoint.finished === 'early_stopping') && existsSync(folder.result(result));
  return { checkpoint, finished };
}

/** @throws FettleError FETTLE_RESUME when the rows or the model are not those that the checkpoint was trained with */
export function expectSameIdentity(
  checkpoint: CheckpointState,
  now: Pick<CheckpointState, 'train_hash' | 'validation_hash' | 'model_hash'>,
): void {
  const names = { train_hash: 'the training rows', validation_hash: 'the validation rows', model_hash: 'the model' } as const;
  const changed = (Object.keys(names) as (keyof typeof names)[]).filter((key) => checkpoint[key] !== now[key]);
  if (changed.length === 0) return;
  const what = changed.map((key) => names[key]).join(' and ');
  throw new FettleError('FETTLE_RESUME', `expected ${what} to be as when the run began, found that they changed`, {
    problems: changed.map((key) => ({ field: key === 'model_hash' ? 'model' : 'data', message: `${names[key]} changed` })),
    hint: 'put them back, or begin a new run in another output_dir',
  });
}

function expectSameSettings(before: FettleConfig, now: FettleConfig, file: string): void {
  const problems = differences(before, now, []).filter(({ field }) => !mayChange.has(field!));
  if (problems.length === 0) return;
  const keys = problems.map(({ field }) => field).join(', ');
  throw new FettleError('FETTLE_RESUME', `expected the settings that the run began with (${file}), found others: ${keys}`, {
    problems,
    hint: 'put them back, or begin a new run in another output_dir; epochs, max_steps, save_steps and save_total_limit may change',
  });
}

function differences(before: unknown, now: unknown, path: readonly string[]): Problem[] {
  if (isSection(before) && isSection(now)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    return keys.flatMap((key) => differences(before[key], now[key], [...path, key]));
  }
  if (isDeepStrictEqual(before, now)) return [];
  return [{ field: path.join('.'), message: `was ${JSON.stringify(before) ?? 'not given'}, is ${JSON.stringify(now) ?? 'not given'}` }];
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
