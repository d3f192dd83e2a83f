/** Files that are whole or not there: written beside their place, flushed to disk, renamed into it. */
import { copyFile, type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { asWriteError } from './system-errors.ts';

/** Makes a folder and its parents. @throws FettleError FETTLE_PERMISSION, FETTLE_NO_SPACE */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw asWriteError(cause, path);
  }
}

/** Runs `write` on a new file at `path` and flushes it to disk; a failure leaves no file. */
export async function writeDurably(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'w');
    await write(file);
    await file.sync();
    await file.close();
  } catch (cause) {
    await file?.close();
    await rm(path, { force: true });
    throw asWriteError(cause, path);
  }
}

/**
 * Replaces `path` by a file that `fill` writes under another name, in one step: readers see the old one or the new one, never a part.
 * A failure leaves the old one.
 */
export async function replaceWith(path: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await fill(temporary);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true });
    throw asWriteError(cause, path);
  }
}

/** Replaces `path` by `text`. */
export async function replaceText(path: string, text: string): Promise<void> {
  await replaceWith(path, (temporary) => writeDurably(temporary, (file) => file.writeFile(text)));
}

/** Flushes a folder's entries, so that a rename survives a power cut. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return; // Windows cannot open folders
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Copies a file and flushes the copy to disk; a failure leaves no copy. */
export async function copyDurably(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
    const copy = await open(to, 'r+');
    try {
      await copy.sync();
    } finally {
      await copy.close();
    }
  } catch (cause) {
    await rm(to, { force: true });
    throw asWriteError(cause, to);
  }
}
