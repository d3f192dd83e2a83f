/** Opening and loading a model with a live line on stderr. */
import type { EngineSettings } from '../config/parse.ts';
import { type LoadedModel, loadModel } from '../model/load.ts';
import { type ModelSource, openModel } from '../model/source.ts';
import { LiveLine } from './live-line.ts';
import { modelProgressLine } from './model-progress.ts';

export async function openWithProgress(spec: string, offline = false): Promise<ModelSource> {
  const line = new LiveLine();
  try {
    return await openModel(spec, { offline, onProgress: (progress) => line.update(modelProgressLine(progress)) });
  } finally {
    line.clear();
  }
}

export async function loadWithProgress(spec: string | ModelSource, settings: EngineSettings): Promise<LoadedModel> {
  const line = new LiveLine();
  try {
    return await loadModel(spec, { ...settings, onProgress: (progress) => line.update(modelProgressLine(progress)) });
  } finally {
    line.clear();
  }
}
