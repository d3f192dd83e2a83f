/** A model by its name: a folder, a GGUF file or a hub id, understood but not yet loaded. */
import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FettleError, interruptible } from '../errors.ts';
import type { DecoderConfig, WeightSource } from '../native/types.ts';
import type { ChatTemplate } from './chat-template.ts';
import { checkWeights } from './check-weights.ts';
import { readCheckpoint } from './checkpoint.ts';
import { allEosIds, configEosIds, ggufEosIds } from './eos-ids.ts';
import { readModelConfig } from './families/registry.ts';
import { modelFingerprint } from './fingerprint.ts';
import { readGgufDecoder } from './gguf-model.ts';
import { fetchFromHub } from './hub/hub.ts';
import { parseHubId } from './hub/hub-id.ts';
import { readJsonObject } from './json-file.ts';
import { generationConfigFile } from './model-files.ts';
import type { OnModelProgress } from './progress.ts';
import { refuseOtherQuantization } from './quantization-config.ts';
import { readSafetensorsFolder } from './safetensors-index.ts';
import { loadTokenizerFromFolder } from './tokenizer/from-folder.ts';
import { tokenizerFromGguf } from './tokenizer/from-gguf.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';

export interface ModelSource {
  /** As it was given. */
  spec: string;
  /** The hub id, or the last part of the path. */
  name: string;
  kind: 'folder' | 'gguf';
  /** The folder or file on this machine. */
  path: string;
  /** transformers' `model_type`. */
  family: string;
  config: DecoderConfig;
  /** Hugging Face's parameter names, in the engine's order, and where their bytes lie. */
  weights: Map<string, WeightSource>;
  tokenizer: Tokenizer | null;
  chatTemplate: ChatTemplate | null;
  /** Every token at which the model means to stop. */
  eosIds: number[];
  /** A checkpoint that bitsandbytes quantized to NF4. */
  preQuantized: boolean;
  /** SHA-256 (hex) of config, headers and the first bytes of each weight. */
  hash: string;
}

export interface OpenModelOptions {
  signal?: AbortSignal;
  onProgress?: OnModelProgress;
  /** Use the hub's cache only; HF_HUB_OFFLINE=1 says the same. */
  offline?: boolean;
}

type Understood = Omit<ModelSource, 'spec' | 'name' | 'kind' | 'path' | 'hash'>;

/**
 * Finds a model (downloading it when it is a hub id that the cache does not hold), reads config, headers and tokenizer, and checks that
 * they fit together. Reads no weights.
 * Throws `FETTLE_MODEL_NOT_FOUND`, `FETTLE_MODEL_FORMAT`, `FETTLE_MODEL_UNSUPPORTED`, `FETTLE_MODEL_INCOMPLETE`, `FETTLE_TOKENIZER`,
 * `FETTLE_TEMPLATE`, `FETTLE_INTERRUPTED`, and for hub ids `FETTLE_HUB`, `FETTLE_HUB_GATED`, `FETTLE_DOWNLOAD`.
 */
export async function openModel(spec: string, options: OpenModelOptions = {}): Promise<ModelSource> {
  return interruptible(`opening ${spec}`, options.signal, () => open(spec, options));
}

async function open(spec: string, options: OpenModelOptions): Promise<ModelSource> {
  const { path, name } = await locate(spec, options);
  const kind = statSync(path).isDirectory() ? 'folder' : 'gguf';
  const understood = kind === 'folder' ? await readFolder(path) : readGgufFile(path);
  const { config, weights, tokenizer } = understood;
  if (tokenizer) checkTokenizerFits(tokenizer, config, path);
  return { spec, name, kind, path, ...understood, hash: await modelFingerprint(config, weights) };
}

async function locate(spec: string, options: OpenModelOptions): Promise<{ path: string; name: string }> {
  if (typeof spec !== 'string' || spec === '') {
    throw new FettleError(
      'FETTLE_INVALID_ARGUMENT',
      `expected a hub id, folder or GGUF file, found ${JSON.stringify(spec) ?? typeof spec}`,
    );
  }
  if (existsSync(spec)) return locateLocal(resolve(spec));
  const hubId = parseHubId(spec);
  if (hubId === undefined) throw notFound(spec);
  return { path: await fetchFromHub(hubId, options), name: hubId.repo };
}

async function locateLocal(path: string): Promise<{ path: string; name: string }> {
  const name = basename(path);
  if (path.endsWith('.safetensors')) {
    const hint = `Give the folder: ${dirname(path)}.`;
    throw new FettleError('FETTLE_MODEL_NOT_FOUND', `expected a folder or a GGUF file, found one file of a model: ${path}`, { hint });
  }
  if (!statSync(path).isDirectory() || existsSync(join(path, 'config.json'))) return { path, name };
  const names = await readdir(path);
  const ggufs = names.filter((file) => file.endsWith('.gguf'));
  if (ggufs.length === 1) return { path: join(path, ggufs[0]!), name };
  throw new FettleError(
    'FETTLE_MODEL_INCOMPLETE',
    `expected config.json in ${path}, found ${names.length === 0 ? 'an empty folder' : 'none'}`,
    {
      problems: [{ file: join(path, 'config.json'), message: 'expected this file, found none' }],
      hint: folderHint(names, ggufs),
    },
  );
}

function folderHint(names: readonly string[], ggufs: readonly string[]): string | undefined {
  if (ggufs.length > 1) return `Name one of the GGUF files: ${ggufs.slice(0, 5).join(', ')}.`;
  if (names.includes('adapter_config.json')) return 'This is an adapter: give its base as the model, and this folder as the adapter.';
  return undefined;
}

async function readFolder(path: string): Promise<Understood> {
  const file = join(path, 'config.json');
  const json = await readJsonObject(file);
  const { family, decoder: config } = readModelConfig(file, json);
  refuseOtherQuantization(file, json);
  const { weights: found, preQuantized } = await readCheckpoint(await readSafetensorsFolder(path));
  const weights = checkWeights(path, config, found);
  const text = await loadTokenizerFromFolder(path);
  const generation = join(path, generationConfigFile);
  const given = configEosIds(file, json);
  if (existsSync(generation)) given.push(...configEosIds(generation, await readJsonObject(generation)));
  return { family, config, weights, preQuantized, ...text, eosIds: allEosIds(given, text, config.vocab_size) };
}

function readGgufFile(path: string): Understood {
  const { family, config, weights, metadata } = readGgufDecoder(path);
  const text = tokenizerFromGguf(metadata, path);
  const eosIds = allEosIds(ggufEosIds(metadata), text, config.vocab_size);
  return { family, config, weights, preQuantized: false, ...text, eosIds };
}

function checkTokenizerFits(tokenizer: Tokenizer, { vocab_size }: DecoderConfig, file: string): void {
  if (tokenizer.vocabSize <= vocab_size) return;
  const id = tokenizer.vocabSize - 1;
  const token = JSON.stringify(tokenizer.idToToken(id) ?? '');
  const message = `expected token ids below the model's ${vocab_size} embedding rows, found ${id} (${token})`;
  throw new FettleError('FETTLE_TOKENIZER', `${file}: the tokenizer does not fit the model: ${message}`, {
    problems: [{ file, message }],
    hint: 'Put the tokenizer files of this very model beside its weights.',
  });
}

function notFound(spec: string): FettleError {
  const what = spec.endsWith('.gguf') ? 'no such file' : 'no such folder or file, and it is no hub id';
  return new FettleError(
    'FETTLE_MODEL_NOT_FOUND',
    `expected a hub id (org/name), a folder or a GGUF file, found ${JSON.stringify(spec)}: ${what}`,
    {
      hint: 'A hub id looks like HuggingFaceTB/SmolLM2-135M-Instruct; a folder holds config.json and *.safetensors.',
    },
  );
}
