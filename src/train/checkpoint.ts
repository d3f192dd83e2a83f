/** Checkpoints: a folder that is whole or not there, and everything a bit-exact resume needs in it. */
import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { copyDurably, replaceText, syncFolder } from '../atomic-file.ts';
import { FettleError } from '../errors.ts';
import type { ResultWriter } from '../export/result-writer.ts';
import type { NativeModel } from '../native/types.ts';
import { asWriteError } from '../system-errors.ts';
import { type CheckpointState, checkpointStateSchema } from './checkpoint-state.ts';
import type { RunFolder } from './run-folder.ts';
import { loadOptimizer, loadParameters, saveOptimizer, saveParameters } from './trainable-file.ts';

const stateFile = 'fettle_state.json';
const optimizerFile = 'optimizer.safetensors';
/** The best weights so far, when they are not this checkpoint's own. */
const bestFile = 'best.safetensors';

export interface CheckpointToSave {
  native: NativeModel;
  folder: RunFolder;
  result: ResultWriter;
  state: CheckpointState;
  trainer_state: Record<string, unknown>;
}

/**
 * Writes `checkpoints/step-N/` beside its place and renames it there. When that step is saved already, only what is known about it
 * changes (its weights cannot).
 * @throws FettleError FETTLE_NO_SPACE and FETTLE_PERMISSION, leaving no partial folder; FETTLE_NON_FINITE
 */
export async function saveCheckpoint(save: CheckpointToSave): Promise<string> {
  const path = save.folder.checkpoint(save.state.step);
  const temporary = `${path}.tmp`;
  try {
    if (existsSync(path)) await writeKnowledge(path, save);
    else await writeWhole(temporary, path, save);
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    throw asWriteError(cause, path);
  }
  return path;
}

async function writeWhole(temporary: string, path: string, save: CheckpointToSave): Promise<void> {
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  await saveParameters(save.native, join(temporary, save.result.weightsFile), save.result.nameInFile);
  await saveOptimizer(save.native, join(temporary, optimizerFile));
  await save.result.writeConfig(temporary);
  await writeKnowledge(temporary, save);
  await syncFolder(temporary);
  await rename(temporary, path);
  await syncFolder(save.folder.checkpoints);
}

async function writeKnowledge(path: string, save: CheckpointToSave): Promise<void> {
  await keepBest(path, save);
  await writeState(path, save);
}

async function writeState(path: string, { state, trainer_state }: CheckpointToSave): Promise<void> {
  await replaceText(join(path, 'trainer_state.json'), `${JSON.stringify(trainer_state, null, 2)}\n`);
  await replaceText(join(path, stateFile), `${JSON.stringify(state, null, 2)}\n`);
}

/** The result folder may move on after this checkpoint, so the best weights are kept here too: as a second name of the same file where the disk can. */
async function keepBest(path: string, { folder, result, state }: CheckpointToSave): Promise<void> {
  if (state.best === null || state.best.step === state.step) return;
  const from = join(folder.result(result.folder), result.weightsFile);
  const to = join(path, bestFile);
  await rm(to, { force: true });
  try {
    await link(from, to);
  } catch {
    await copyFile(from, to); // file systems without hard links
  }
}

/** Removes the oldest checkpoints beyond `limit`; a folder is first renamed, so that a half removed one never looks whole. */
export async function removeOldCheckpoints(folder: RunFolder, limit: number): Promise<void> {
  for (const step of folder.checkpointSteps().slice(0, -limit)) {
    const removed = `${folder.checkpoint(step)}.tmp`;
    await rename(folder.checkpoint(step), removed);
    await rm(removed, { recursive: true, force: true });
  }
}

/** The newest checkpoint's state, or null when none was written. @throws FettleError FETTLE_RESUME when it is damaged */
export async function latestCheckpoint(folder: RunFolder): Promise<CheckpointState | null> {
  const step = folder.checkpointSteps().at(-1);
  if (step === undefined) return null;
  const path = join(folder.checkpoint(step), stateFile);
  try {
    return checkpointStateSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new FettleError('FETTLE_RESUME', `expected a checkpoint in ${folder.checkpoint(step)}, found a damaged ${stateFile}`, {
      cause,
      hint: 'remove that folder to go on from the checkpoint before it',
    });
  }
}

/** Puts a checkpoint's weights and optimizer state into the model, and its best weights into the result folder. */
export async function restoreCheckpoint(
  native: NativeModel,
  folder: RunFolder,
  result: ResultWriter,
  state: CheckpointState,
): Promise<void> {
  const path = folder.checkpoint(state.step);
  await loadParameters(native, join(path, result.weightsFile), result.nameInFile);
  await loadOptimizer(native, join(path, optimizerFile));
  await restoreBest(folder, result, state);
}

/** Makes the result folder hold the best weights that a checkpoint knows, whatever a later, lost part of the run put there. */
export async function restoreBest(folder: RunFolder, result: ResultWriter, state: CheckpointState): Promise<void> {
  const target = folder.result(result.folder);
  if (state.best === null) {
    await rm(target, { recursive: true, force: true });
    return;
  }
  const own = state.best.step === state.step;
  const from = join(folder.checkpoint(state.step), own ? result.weightsFile : bestFile);
  await result.write(target, state.best, (path) => copyDurably(from, path));
}
