/** What `fettle init` needs to know, and where it takes it from when nobody is asked. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { FettleError } from '../../errors.ts';

export interface Answers {
  model: string;
  data: string;
  method: 'lora' | 'full';
  quantization: 'nf4' | 'none';
  epochs: number;
  outputDir: string;
}

export const suggestedModel = 'HuggingFaceTB/SmolLM2-135M-Instruct';
const dataFile = /\.(jsonl|ndjson|json|csv|tsv|parquet)$/i;

/** Data files in the working directory and its `data` folder. */
export function dataCandidates(): string[] {
  return ['.', 'data'].filter(existsSync).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => dataFile.test(name) && !/^(package(-lock)?|tsconfig.*|biome|knip)\.json$/.test(name))
      .map((name) => path.join(folder, name)),
  );
}

export function suggestedOutputDir(data: string): string {
  return path.posix.join('runs', path.basename(data).replace(/\.[^.]+$/, ''));
}

/** Flags where they are given, defaults elsewhere. Throws FETTLE_USAGE when the data is neither given nor plain. */
export function answersWithoutAsking(given: Partial<Answers>): Answers {
  const data = given.data ?? onlyCandidate();
  const method = given.method ?? 'lora';
  return {
    model: given.model ?? suggestedModel,
    data,
    method,
    quantization: given.quantization ?? (method === 'full' ? 'none' : 'nf4'),
    epochs: given.epochs ?? 3,
    outputDir: given.outputDir ?? suggestedOutputDir(data),
  };
}

function onlyCandidate(): string {
  const candidates = dataCandidates();
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only;
  const found = only === undefined ? 'no data file here or in data/' : `several: ${candidates.join(', ')}`;
  throw new FettleError('FETTLE_USAGE', `expected --data FILE, found ${found}`, {
    hint: 'name the file of your examples: --data data/examples.jsonl',
  });
}
