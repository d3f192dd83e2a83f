/** Models from the Hugging Face hub, kept in the cache that all of its tools share. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FettleError } from '../../errors.ts';
import { generationConfigFile, tokenizerFiles } from '../model-files.ts';
import type { OnModelProgress } from '../progress.ts';
import { indexFileName, readShardIndex, singleFileName } from '../safetensors-index.ts';
import { type HubFile, type HubRequest, hubCommit, hubFiles } from './hub-answer.ts';
import { HubCache } from './hub-cache.ts';
import { downloadToBlob } from './hub-download.ts';
import { hubFetch } from './hub-fetch.ts';
import type { HubId } from './hub-id.ts';
import { type HubSettings, hubSettings } from './hub-settings.ts';

export interface FetchOptions {
  signal?: AbortSignal;
  onProgress?: OnModelProgress;
  /** Use the cache only. */
  offline?: boolean;
}

/** What a model folder may hold besides weights. */
const smallFiles = ['config.json', generationConfigFile, ...tokenizerFiles];

/**
 * The model's folder (or its GGUF file, when that is what was named or all there is) in the cache, downloaded where it is missing.
 * Throws `FETTLE_HUB` (also when offline and not in the cache), `FETTLE_HUB_GATED`, `FETTLE_MODEL_NOT_FOUND`, `FETTLE_DOWNLOAD`,
 * `FETTLE_MODEL_UNSUPPORTED` when the repository holds no safetensors, `FETTLE_NO_SPACE`, `FETTLE_PERMISSION`.
 */
export async function fetchFromHub(id: HubId, options: FetchOptions = {}): Promise<string> {
  const settings = hubSettings();
  const cache = new HubCache(settings.cache, id.repo);
  if (settings.offline || options.offline) {
    const found = await cache.find(id);
    if (found === undefined) throw notInCache(id, settings);
    return found;
  }
  const download = new ModelDownload(id, settings, cache, options);
  try {
    return await download.run();
  } catch (error) {
    const isUnreachable = error instanceof FettleError && error.code === 'FETTLE_HUB' && !download.answered;
    const found = isUnreachable ? await cache.find(id) : undefined;
    if (found === undefined) throw error;
    return found;
  }
}

/** One model's way from the hub into the cache. */
class ModelDownload {
  /** Whether the hub has answered at all. */
  answered = false;
  readonly #id: HubId;
  readonly #cache: HubCache;
  readonly #options: FetchOptions;
  readonly #request: HubRequest;

  constructor(id: HubId, settings: HubSettings, cache: HubCache, options: FetchOptions) {
    this.#id = id;
    this.#cache = cache;
    this.#options = options;
    const { endpoint: hubUrl, token: accessToken } = settings;
    const { signal } = options;
    this.#request = { repo: id.repo, hubUrl, accessToken, fetch: hubFetch(settings, id, signal), signal };
  }

  async run(): Promise<string> {
    const { revision } = this.#id;
    const commit = await hubCommit(this.#request, revision);
    this.answered = true;
    const listed = await hubFiles(this.#request, commit, this.#id.file !== undefined);
    const result = await this.#fetchModel(listed, commit);
    await this.#cache.rememberCommit(revision, commit);
    return join(this.#cache.snapshot(commit), result);
  }

  /** Returns what was asked for, relative to the snapshot: nothing for the whole folder, or a file. */
  async #fetchModel(listed: ReadonlyMap<string, HubFile>, commit: string): Promise<string> {
    const gguf = this.#id.file ?? onlyGguf(listed);
    if (gguf !== undefined) {
      await this.#fetchAll(partsOf(gguf, listed, this.#id), commit);
      return gguf;
    }
    const small = smallFiles.flatMap((name) => listed.get(name) ?? []);
    const single = listed.get(singleFileName);
    const index = listed.get(indexFileName);
    if (single) await this.#fetchAll([...small, single], commit);
    else if (index) {
      await this.#fetchAll([...small, index], commit);
      await this.#fetchAll(await this.#shards(listed, commit), commit);
    } else throw noSafetensors(listed, this.#id);
    return '';
  }

  async #shards(listed: ReadonlyMap<string, HubFile>, commit: string): Promise<HubFile[]> {
    const names = [...new Set((await readShardIndex(join(this.#cache.snapshot(commit), indexFileName))).values())].sort();
    const missing = names.filter((name) => !listed.has(name));
    if (missing.length > 0) {
      throw new FettleError(
        'FETTLE_MODEL_INCOMPLETE',
        `expected ${names.length} shards in ${this.#id.repo}, found that ${missing.join(', ')} are missing`,
      );
    }
    return names.map((name) => listed.get(name)!);
  }

  async #fetchAll(files: readonly HubFile[], commit: string): Promise<void> {
    const { onProgress } = this.#options;
    const total = files.reduce((sum, file) => sum + file.size, 0);
    const isHere = (file: HubFile) => existsSync(join(this.#cache.snapshot(commit), file.path));
    let before = 0;
    for (const file of files) {
      if (!isHere(file)) {
        const onBytes = (bytes: number) => onProgress?.({ stage: 'download', file: file.path, bytes: before + bytes, total });
        const blob = this.#cache.blob(file.etag);
        await downloadToBlob({ file, blob, request: { ...this.#request, revision: commit }, onBytes });
        await this.#cache.link(file.etag, commit, file.path);
      }
      before += file.size;
    }
  }
}

/** The one GGUF file of a repository that has no safetensors. */
function onlyGguf(listed: ReadonlyMap<string, HubFile>): string | undefined {
  if (listed.has(singleFileName) || listed.has(indexFileName)) return undefined;
  const ggufs = [...listed.keys()].filter((name) => name.endsWith('.gguf'));
  return ggufs.length === 1 ? ggufs[0] : undefined;
}

/** A GGUF file and, when it is one part of several, the others. */
function partsOf(gguf: string, listed: ReadonlyMap<string, HubFile>, { repo }: HubId): HubFile[] {
  if (!listed.has(gguf))
    throw new FettleError('FETTLE_MODEL_NOT_FOUND', `expected ${gguf} in ${repo}, found no such file`, { hint: ggufHint(listed) });
  const stem = /^(.*)-\d{5}-of-(\d{5})\.gguf$/.exec(gguf);
  if (!stem) return [listed.get(gguf)!];
  return [...listed.values()].filter(({ path }) => path.startsWith(`${stem[1]}-`) && path.endsWith(`-of-${stem[2]}.gguf`));
}

function noSafetensors(listed: ReadonlyMap<string, HubFile>, { repo }: HubId): FettleError {
  const weights = [...listed.keys()].filter((name) => /\.(bin|pt|pth|gguf|h5|safetensors)$/.test(name));
  const found = weights.length === 0 ? 'no weights' : weights.slice(0, 5).join(', ');
  return new FettleError('FETTLE_MODEL_UNSUPPORTED', `expected ${singleFileName} or ${indexFileName} in ${repo}, found ${found}`, {
    hint: ggufHint(listed) ?? 'Look for a copy of the model that has safetensors.',
  });
}

function ggufHint(listed: ReadonlyMap<string, HubFile>): string | undefined {
  const ggufs = [...listed.keys()].filter((name) => name.endsWith('.gguf'));
  return ggufs.length === 0 ? undefined : `Name a file of it, as org/name/FILE.gguf: ${ggufs.slice(0, 8).join(', ')}.`;
}

function notInCache({ repo, revision }: HubId, { cache }: HubSettings): FettleError {
  return new FettleError('FETTLE_HUB', `expected all of ${repo}@${revision} in ${cache} when offline, found it missing or incomplete`, {
    hint: 'Run once without HF_HUB_OFFLINE, or give a folder or .gguf file.',
  });
}
