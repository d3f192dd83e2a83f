/** What the hub tells of a model, checked before it is used: commits, paths and hashes become names in the cache. */
import { listFiles, modelInfo } from '@huggingface/hub';
import { z } from 'zod';
import { FettleError, isInterruption } from '../../errors.ts';
import { isCommit } from './hub-cache.ts';

/** What every call of the hub's client is given. */
export interface HubRequest {
  repo: string;
  hubUrl: string;
  accessToken: string | undefined;
  fetch: typeof fetch;
  signal: AbortSignal | undefined;
}

/** A file as the hub lists it. */
export interface HubFile {
  path: string;
  size: number;
  /** Its name in the cache: SHA-256 of large files, git's SHA-1 of small ones. */
  etag: string;
  isLarge: boolean;
}

const size = z.int().min(0);
const fileSchema = z.object({
  path: z
    .string()
    .refine((path) => path !== '' && path.split('/').every((part) => !['', '.', '..'].includes(part)) && !/[\\\0]/.test(path)),
  size,
  oid: z.string().regex(/^[0-9a-f]{40}$/),
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size }).optional(),
});

/** The commit that a branch or tag stands for. Throws FETTLE_HUB and what the request's fetch throws. */
export async function hubCommit(request: HubRequest, revision: string): Promise<string> {
  const info = await hubSays(request, () => modelInfo({ ...request, name: request.repo, revision, additionalFields: ['sha'] }));
  if (isCommit(String(info.sha))) return info.sha;
  throw noHub(request, `a commit that is none: ${JSON.stringify(info.sha)}`);
}

/** The files of a commit by path. Throws FETTLE_HUB and what the request's fetch throws. */
export async function hubFiles(request: HubRequest, commit: string, recursive: boolean): Promise<Map<string, HubFile>> {
  const entries = await hubSays(request, async () => {
    const all = [];
    for await (const entry of listFiles({ ...request, revision: commit, recursive })) all.push(entry);
    return all.filter(({ type }) => type === 'file');
  });
  const files = new Map<string, HubFile>();
  for (const entry of entries) {
    const { success, data } = fileSchema.safeParse(entry);
    if (!success) throw noHub(request, `a file that cannot be: ${JSON.stringify(entry).slice(0, 200)}`);
    const { path, oid, lfs } = data;
    files.set(path, { path, size: lfs?.size ?? data.size, etag: lfs?.oid ?? oid, isLarge: lfs !== undefined });
  }
  return files;
}

/** Calls the hub's client. What it throws by itself means that something else than a hub answered: a login page, a proxy. */
export async function hubSays<T>(request: HubRequest, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof FettleError || isInterruption(cause, request.signal)) throw cause;
    throw noHub(request, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function noHub({ hubUrl, repo }: HubRequest, found: string, cause?: unknown): FettleError {
  return new FettleError('FETTLE_HUB', `expected the answer of a model hub about ${repo} from ${hubUrl}, found ${found}`, {
    cause,
    hint: 'Does a login page or a proxy answer in its place? Is HF_ENDPOINT right? A folder or .gguf file needs no hub.',
  });
}
