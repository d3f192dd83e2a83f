/** Lines added to a JSON Lines file: all in one write, flushed to disk, so that two processes may add at once. */
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder, syncFolder } from '../atomic-file.ts';
import { asWriteError } from '../system-errors.ts';

/** Adds one object a line; a line that a crash left unfinished is ended first. Throws FETTLE_NO_SPACE, FETTLE_PERMISSION. */
export async function appendLines(path: string, values: readonly object[]): Promise<void> {
  if (values.length === 0) return;
  const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
  await makeFolder(dirname(path));
  try {
    const file = await open(path, 'a+');
    try {
      const { size } = await file.stat();
      await file.appendFile(size > 0 && (await endsInLine(file, size)) ? `\n${text}` : text);
      await file.sync();
      if (size === 0) await syncFolder(dirname(path)); // a new file's name must be on disk too
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw asWriteError(cause, path);
  }
}

async function endsInLine(file: FileHandle, size: number): Promise<boolean> {
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  return last[0] !== 10;
}
