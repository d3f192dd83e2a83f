/** One run at a time trains into a folder: it holds a lock on `run.lock`, which the system lets go when the process ends, however it ends. */
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { FettleError } from '../errors.ts';
import { nativeAddon } from '../native/addon.ts';
import { asWriteError } from '../system-errors.ts';

export class RunLock {
  readonly #path: string;
  readonly #descriptor: number;

  private constructor(path: string, descriptor: number) {
    this.#path = path;
    this.#descriptor = descriptor;
  }

  /**
   * Takes the lock of a folder, which must exist.
   * @throws FettleError FETTLE_RUN_IN_USE with the process that has it, FETTLE_PERMISSION, FETTLE_NO_SPACE
   */
  static take(folder: string): RunLock {
    const path = join(folder, 'run.lock');
    for (;;) {
      const descriptor = open(path);
      if (!nativeAddon().lockFile(descriptor)) {
        closeSync(descriptor);
        throw inUse(folder, path);
      }
      if (isNamed(path, descriptor)) {
        sayWho(descriptor, path);
        return new RunLock(path, descriptor);
      }
      closeSync(descriptor);
    }
  }

  release(): void {
    rmSync(this.#path, { force: true });
    closeSync(this.#descriptor);
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'a+');
  } catch (cause) {
    throw asWriteError(cause, path);
  }
}

/** A holder that releases removes the file: a lock on one that has no name any more keeps nobody out. */
function isNamed(path: string, descriptor: number): boolean {
  const named = statSync(path, { throwIfNoEntry: false });
  const locked = fstatSync(descriptor);
  return named?.ino === locked.ino && named.dev === locked.dev;
}

function sayWho(descriptor: number, path: string): void {
  try {
    ftruncateSync(descriptor);
    writeSync(descriptor, `process ${process.pid} on ${hostname()}\n`);
  } catch (cause) {
    closeSync(descriptor);
    throw asWriteError(cause, path);
  }
}

function inUse(folder: string, path: string): FettleError {
  const who = readFileSync(path, 'utf8').trim() || 'another process';
  return new FettleError('FETTLE_RUN_IN_USE', `expected nobody else to train into ${folder}, found ${who}`, {
    hint: 'wait for it, stop it, or choose another output_dir',
    problems: [{ file: path, message: `held by ${who}` }],
  });
}
