/** Reads a PEFT LoRA adapter and puts it into a model; whatever does not fit is an error, where PEFT would only warn. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FettleError, type Problem } from '../errors.ts';
import type { NativeModel, ParameterInfo, TrainableInfo } from '../native/types.ts';
import { type AdapterOrigin, readOrigin } from './adapter-origin.ts';
import { type LoraAdapterConfig, readPeftConfig } from './peft-config.ts';
import { inLayers, linearModules, matchModules, shortestTargets } from './target-modules.ts';
import { openTensorFile, type TensorFile } from './tensor-file.ts';

export const weightsFile = 'adapter_model.safetensors';
/** What PEFT puts before a module's name. */
export const namePrefix = 'base_model.model.';

export interface Adapter {
  path: string;
  config: LoraAdapterConfig;
  /** Null for an adapter that fettle did not train. */
  origin: AdapterOrigin | null;
}

/**
 * Reads an adapter's config; the weights are read by {@link attachAdapter}.
 * @throws FettleError FETTLE_FILE_NOT_FOUND, FETTLE_ADAPTER
 */
export async function readAdapter(path: string): Promise<Adapter> {
  const config = await readPeftConfig(path);
  if (!existsSync(join(path, weightsFile))) {
    const pickled = existsSync(join(path, 'adapter_model.bin'));
    throw new FettleError(
      'FETTLE_FILE_NOT_FOUND',
      `expected ${join(path, weightsFile)}, found ${pickled ? 'only adapter_model.bin' : 'none'}`,
      {
        hint: pickled ? 'save it again with PEFT: model.save_pretrained(folder, safe_serialization=True)' : undefined,
      },
    );
  }
  return { path, config, origin: await readOrigin(path) };
}

export interface AttachOptions {
  /** `use`: an adapter that changes nothing is an error. `train`: it is a valid start. */
  purpose: 'use' | 'train';
  /** Dropout while training; the adapter's own setting does not count. Default 0. */
  lora_dropout?: number;
}

/**
 * Attaches the adapter to the model, which must have none. Every tensor must find its place with the right shape, none may be missing,
 * and all values must be finite.
 * @throws FettleError FETTLE_ADAPTER with every bad tensor in `problems`, FETTLE_MODEL_FORMAT for a damaged file; the model then has no adapter
 */
export async function attachAdapter(native: NativeModel, adapter: Adapter, options: AttachOptions): Promise<void> {
  const { r, lora_alpha, use_rslora } = adapter.config;
  const target_modules = adapterTargets(native.parameters(), adapter);
  const file = await openTensorFile(join(adapter.path, weightsFile));
  try {
    if (file.tensors.size === 0) throw notUsable(adapter, 'an empty file', []);
    native.addLora({ r, lora_alpha, lora_dropout: options.lora_dropout ?? 0, use_rslora, target_modules, seed: 0 });
    try {
      await fill(native, adapter, file, options.purpose);
    } catch (error) {
      native.removeLora();
      throw error;
    }
  } finally {
    await file.close();
  }
}

/**
 * The linears that an adapter adapts on a model with these parameters, as PEFT's `target_modules`.
 * @throws FettleError FETTLE_ADAPTER when it names none of them
 */
export function adapterTargets(parameters: readonly ParameterInfo[], { path, config }: Adapter): string[] {
  const modules = linearModules(parameters);
  const excluded = config.exclude_modules === null ? [] : matchModules(modules, config.exclude_modules);
  const { layers_to_transform: layers, layers_pattern } = config;
  const listed = layers.length === 0 ? modules : inLayers(modules, layers, layers_pattern);
  const wanted = matchModules(listed, config.target_modules).filter((module) => !excluded.includes(module));
  if (wanted.length > 0) return shortestTargets(modules, wanted);
  throw new FettleError('FETTLE_ADAPTER', `expected target_modules of ${path} to name linears of this model, found none of them in it`, {
    problems: [{ file: path, field: 'target_modules', message: JSON.stringify(config.target_modules) }],
    hint: 'the adapter belongs to another model, or adapts parts that fettle does not',
  });
}

async function fill(native: NativeModel, adapter: Adapter, file: TensorFile, purpose: AttachOptions['purpose']): Promise<void> {
  const infos = native.trainables();
  const places = new Set(infos.map(({ name }) => namePrefix + name));
  const problems: Problem[] = [...file.tensors.keys()]
    .filter((name) => !places.has(name))
    .map((field) => ({ file: file.path, field, message: 'finds no place in this model' }));
  const zero = new Set<string>();
  for (const info of infos) {
    const name = namePrefix + info.name;
    const flaw = flawOf(file, name, info);
    const values = flaw === null ? await file.read(name) : null;
    const message = flaw ?? nonFinite(values!);
    if (message !== null) problems.push({ file: file.path, field: name, message });
    else if (values!.every((value) => value === 0)) zero.add(moduleOf(info.name));
    if (values !== null && message === null) await native.writeTrainables('param', values, info.offset);
  }
  if (problems.length > 0) throw notUsable(adapter, `${problems.length} bad tensors`, problems);
  if (purpose === 'use' && infos.every(({ name }) => zero.has(moduleOf(name)))) {
    throw notUsable(adapter, 'one that changes nothing (for every linear, A or B is all zero)', []);
  }
}

function flawOf(file: TensorFile, name: string, info: TrainableInfo): string | null {
  const entry = file.tensors.get(name);
  if (entry === undefined) return 'is missing';
  if (!['F32', 'F16', 'BF16'].includes(entry.dtype)) return `expected F32, F16 or BF16, found ${entry.dtype}`;
  if (entry.shape.join() === info.shape.join()) return null;
  return `expected the shape [${info.shape.join(', ')}], found [${entry.shape.join(', ')}]`;
}

function nonFinite(values: Float32Array): string | null {
  const index = values.findIndex((value) => !Number.isFinite(value));
  return index === -1 ? null : `expected finite values, found ${values[index]} at ${index}`;
}

function moduleOf(trainable: string): string {
  return trainable.replace(/\.lora_[AB]\.weight$/, '');
}

function notUsable(adapter: Adapter, found: string, problems: Problem[]): FettleError {
  const first = problems[0] === undefined ? '' : `; the first: ${problems[0].field}: ${problems[0].message}`;
  return new FettleError('FETTLE_ADAPTER', `expected an adapter of this model in ${adapter.path}, found ${found}${first}`, {
    problems,
    hint: 'is it the adapter of another model, or was it only partly saved?',
  });
}
