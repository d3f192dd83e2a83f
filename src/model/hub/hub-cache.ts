/**
 * The folder that all of Hugging Face's tools share: models--org--name/{blobs,refs,snapshots}.
 * https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { getRepoFolderName } from '@huggingface/hub';
import { asWriteError } from '../../system-errors.ts';
import { indexFileName, readShardIndex, singleFileName } from '../safetensors-index.ts';
import type { HubId } from './hub-id.ts';

/** A model's folder in the cache. */
export class HubCache {
  readonly #folder: string;

  constructor(cache: string, repo: string) {
    this.#folder = join(cache, getRepoFolderName({ type: 'model', name: repo }));
  }

  /** Content under its hash. */
  blob(etag: string): string {
    return join(this.#folder, 'blobs', etag);
  }

  /** All files of one commit. */
  snapshot(commit: string): string {
    return join(this.#folder, 'snapshots', commit);
  }

  /** The commit that a branch or tag stood at when it was last asked for. */
  commitOf(revision: string): string | undefined {
    if (isCommit(revision)) return revision;
    const ref = join(this.#folder, 'refs', revision);
    return existsSync(ref) ? readFileSync(ref, 'utf8').trim() : undefined;
  }

  async rememberCommit(revision: string, commit: string): Promise<void> {
    if (this.commitOf(revision) === commit) return;
    const ref = join(this.#folder, 'refs', revision);
    await writing(ref, async () => {
      await mkdir(dirname(ref), { recursive: true });
      await writeFile(ref, commit);
    });
  }

  /** Puts a blob into a snapshot under its name: a link, or a copy where links are not to be had. */
  async link(etag: string, commit: string, name: string): Promise<void> {
    const pointer = join(this.snapshot(commit), name);
    await writing(pointer, async () => {
      await mkdir(dirname(pointer), { recursive: true });
      await rm(pointer, { force: true });
      try {
        await symlink(relative(dirname(pointer), this.blob(etag)), pointer);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) throw error;
        await copyFile(this.blob(etag), pointer);
      }
    });
  }

  /** The model in the cache (its folder, or the file that was asked for) if it is whole. */
  async find({ revision, file }: Omit<HubId, 'repo'>): Promise<string | undefined> {
    const commit = this.commitOf(revision);
    if (commit === undefined) return undefined;
    const snapshot = this.snapshot(commit);
    if (file !== undefined) return existsSync(join(snapshot, file)) ? join(snapshot, file) : undefined;
    return (await isWhole(snapshot)) ? snapshot : undefined;
  }
}

/** A full commit hash. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

async function isWhole(snapshot: string): Promise<boolean> {
  if (!existsSync(join(snapshot, 'config.json'))) return false;
  if (existsSync(join(snapshot, singleFileName))) return true;
  const index = join(snapshot, indexFileName);
  if (!existsSync(index)) return false;
  const shards = new Set((await readShardIndex(index)).values());
  return [...shards].every((shard) => existsSync(join(snapshot, shard)));
}

async function writing(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (cause) {
    throw asWriteError(cause, path);
  }
}
