/** A model's safetensors files seen as one: `model.safetensors`, or the shards that `model.safetensors.index.json` names. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FettleError, type Problem } from '../errors.ts';
import { asJsonObject, readJsonObject } from './json-file.ts';
import { formatError, manyProblems, shown } from './model-error.ts';
import { readSafetensorsHeader, type SafetensorsEntry } from './safetensors.ts';

export const singleFileName = 'model.safetensors';
export const indexFileName = 'model.safetensors.index.json';

/** A tensor and the file that holds it. */
export interface LocatedTensor extends SafetensorsEntry {
  file: string;
}

/**
 * Reads the headers of a folder's safetensors files.
 * Throws `FETTLE_MODEL_INCOMPLETE` when there are none, or listing every shard and tensor that is missing;
 * `FETTLE_MODEL_FORMAT` when a header cannot be trusted.
 */
export async function readSafetensorsFolder(folder: string): Promise<Map<string, LocatedTensor>> {
  const single = join(folder, singleFileName);
  if (existsSync(single)) return locate(single);
  const index = join(folder, indexFileName);
  if (existsSync(index)) return readShards(folder, index);
  throw await noWeights(folder);
}

/** Tensor name to shard name, as an index file says. Shard names are plain file names: an index cannot point out of its folder. */
export async function readShardIndex(index: string): Promise<Map<string, string>> {
  const weightMap = asJsonObject((await readJsonObject(index)).get('weight_map'));
  if (weightMap === undefined) throw formatError(index, 'expected an object, tensor name to file name', { field: 'weight_map' });
  const shards = new Map<string, string>();
  const problems: Problem[] = [];
  for (const [tensor, shard] of weightMap) {
    if (typeof shard === 'string' && isPlainFileName(shard)) shards.set(tensor, shard);
    else problems.push({ file: index, field: `weight_map.${tensor}`, message: `expected a file name, found ${shown(shard)}` });
  }
  if (problems.length > 0) throw manyProblems('FETTLE_MODEL_FORMAT', index, problems);
  if (shards.size === 0) throw formatError(index, 'expected the names of tensors, found none', { field: 'weight_map' });
  return shards;
}

function isPlainFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && basename(name) === name && !/[\\\0]/.test(name);
}

async function locate(file: string): Promise<Map<string, LocatedTensor>> {
  const { tensors } = await readSafetensorsHeader(file);
  return new Map([...tensors].map(([name, entry]) => [name, { ...entry, file }]));
}

async function readShards(folder: string, index: string): Promise<Map<string, LocatedTensor>> {
  const shardOf = await readShardIndex(index);
  const shards = [...new Set(shardOf.values())].sort();
  const missing = shards.filter((shard) => !existsSync(join(folder, shard)));
  if (missing.length > 0) {
    const problems = missing.map((shard) => ({ file: join(folder, shard), message: 'expected this shard, found no file' }));
    const names = missing.join(', ');
    throw new FettleError(
      'FETTLE_MODEL_INCOMPLETE',
      `${index} names ${shards.length} shards, of which ${missing.length} are missing: ${names}`,
      {
        problems,
        hint: 'Download the missing files into the folder, or give the hub id of the model.',
      },
    );
  }
  const located = new Map<string, LocatedTensor>();
  for (const shard of shards) {
    for (const [name, entry] of await locate(join(folder, shard))) {
      if (shardOf.get(name) === shard) located.set(name, entry);
    }
  }
  checkAllFound(index, shardOf, located);
  return located;
}

function checkAllFound(index: string, shardOf: ReadonlyMap<string, string>, located: ReadonlyMap<string, LocatedTensor>): void {
  const problems = [...shardOf]
    .filter(([name]) => !located.has(name))
    .map(([name, shard]) => ({ file: index, field: name, message: `expected this tensor in ${shard}, which does not hold it` }));
  if (problems.length > 0) throw manyProblems('FETTLE_MODEL_INCOMPLETE', index, problems);
}

async function noWeights(folder: string): Promise<FettleError> {
  const names = await readdir(folder);
  const other = names.filter((name) => /\.(bin|pt|pth|h5|msgpack|safetensors|gguf)$/.test(name));
  const found = other.length > 0 ? other.slice(0, 5).join(', ') : 'no weights';
  const hint = other.some((name) => name.endsWith('.bin'))
    ? 'PyTorch .bin files can run code when they are read: convert the model with transformers (save_pretrained writes safetensors).'
    : undefined;
  const message = `expected ${singleFileName} or ${indexFileName} in ${folder}, found ${found}`;
  return new FettleError('FETTLE_MODEL_INCOMPLETE', message, { hint, problems: [{ file: folder, message, hint }] });
}
