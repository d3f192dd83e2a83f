import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, errorCodes, FettleError } from '../errors.ts';
import type { NativeAddon } from './types.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);

interface NativeError extends Error {
  code?: string;
  hint?: string;
}

/** An engine error as a FettleError with the same code; its JS stack is kept as the cause. */
function toFettleError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, hint, message } = error as NativeError;
  if (code === undefined || !Object.hasOwn(errorCodes, code)) return error;
  return new FettleError(code as ErrorCode, message, { hint: hint || undefined, cause: error });
}

/** The same object, whose calls throw and reject with FettleErrors. */
function coded<T extends object>(target: T): T {
  return new Proxy(target, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key, object);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        try {
          const result: unknown = Reflect.apply(value, object, args);
          if (result instanceof Promise) {
            return result.catch((error: unknown) => {
              throw toFettleError(error);
            });
          }
          const made = key === 'createModel' || key === 'createSession';
          return made ? coded(result as object) : result;
        } catch (error) {
          throw toFettleError(error);
        }
      };
    },
  });
}

/** `FETTLE_NATIVE`, else this package's own build. */
export function addonPath(): string {
  return process.env.FETTLE_NATIVE ?? `${root}build/Release/fettle.node`;
}

let loaded: NativeAddon | undefined;

/** The addon if this thread uses it already. */
export function loadedAddon(): NativeAddon | undefined {
  return loaded;
}

/** The addon, loaded once per thread; throws FETTLE_NATIVE with the way to mend what it saw. */
export function nativeAddon(): NativeAddon {
  if (loaded) return loaded;
  const path = addonPath();
  try {
    const raw = process.env.FETTLE_NATIVE ? require(path) : require('bindings')({ bindings: 'fettle', module_root: root });
    loaded = coded(raw as NativeAddon);
    return loaded;
  } catch (error) {
    const missing = !existsSync(path);
    throw new FettleError(
      'FETTLE_NATIVE',
      missing ? `the native addon is not built: ${path} does not exist` : `the native addon cannot be loaded: ${path}`,
      {
        hint: missing
          ? `build it: npm run build:native (in ${root}); it needs a C++20 compiler and CMake`
          : `rebuild it for this machine: npm run build:native; on Linux it needs glibc and libstdc++ as new as those it was built with`,
        cause: error,
      },
    );
  }
}
