/**
 * The one error class, and the one table of its codes. `docs/errors.md` is generated from this table.
 * `exit` is the process exit code the CLI uses: 1 failed, 2 usage / config / data, 3 environment.
 */
export const errorCodes = {
  FETTLE_USAGE: { exit: 2, what: 'The command line is not understood.' },
  FETTLE_CONFIG: { exit: 2, what: 'The config file is not valid: unknown keys, wrong types, values out of range.' },
  FETTLE_NOT_YET: { exit: 2, what: 'A value of the contract that this version does not build yet.' },
  FETTLE_FILE_NOT_FOUND: { exit: 2, what: 'A file or folder that was named does not exist.' },
  FETTLE_PERMISSION: { exit: 3, what: 'A file or folder may not be read or written.' },
  FETTLE_DATA: { exit: 2, what: 'Rows of the data are not usable; every bad row is listed.' },
  FETTLE_DATA_EMPTY: { exit: 2, what: 'The data holds no rows.' },
  FETTLE_DATA_ENCODING: { exit: 2, what: 'The data is not UTF-8.' },
  FETTLE_DATA_FORMAT: { exit: 2, what: 'The shape of the data is unknown, mixed, or not the one that was asked for.' },
  FETTLE_SEALED: { exit: 2, what: 'Rows of a sealed test set were given to something other than the final exam.' },
  FETTLE_STOP_TOKEN: { exit: 2, what: 'Rendered rows would not train the stop token, so the model would never learn to stop.' },
  FETTLE_BOS: { exit: 2, what: 'A rendered row does not begin with exactly one BOS token.' },
  FETTLE_TEMPLATE: { exit: 2, what: 'The chat template is missing, fails, or does not contain the text of the turns.' },
  FETTLE_TOKENIZER: { exit: 2, what: 'The tokenizer is missing, unreadable, or does not fit the model.' },
  FETTLE_MODEL_NOT_FOUND: { exit: 2, what: 'The model is no hub id, folder or GGUF file that could be found.' },
  FETTLE_MODEL_FORMAT: { exit: 2, what: 'A model file is truncated, or its header lies about sizes, offsets or types.' },
  FETTLE_MODEL_UNSUPPORTED: { exit: 2, what: 'The architecture or a feature of the model is not supported.' },
  FETTLE_MODEL_INCOMPLETE: { exit: 2, what: 'Tensors or shards of the model are missing, or do not have the shape the config promises.' },
  FETTLE_ADAPTER: { exit: 2, what: 'An adapter is empty, incomplete, non-finite, or of another model.' },
  FETTLE_OUTPUT_EXISTS: { exit: 2, what: 'The output folder already holds a run.' },
  FETTLE_RUN_IN_USE: { exit: 2, what: 'Another process, or another run of this one, is training into the output folder.' },
  FETTLE_RESUME: { exit: 2, what: 'A run cannot be resumed with these settings or files.' },
  FETTLE_NON_FINITE: { exit: 1, what: 'The loss or a gradient became NaN or infinite.' },
  FETTLE_HUB: { exit: 3, what: 'The model hub cannot be reached, or refused.' },
  FETTLE_HUB_GATED: { exit: 3, what: 'The model is gated: its licence must be accepted and a token given.' },
  FETTLE_DOWNLOAD: { exit: 3, what: 'A download failed or its SHA-256 does not match.' },
  FETTLE_NO_SPACE: { exit: 3, what: 'No space is left on the disk.' },
  FETTLE_MEMORY: { exit: 3, what: 'The job does not fit into memory.' },
  FETTLE_DEVICE: { exit: 3, what: 'The device that was asked for is not there.' },
  FETTLE_NATIVE: { exit: 3, what: 'The native addon cannot be found or loaded.' },
  FETTLE_INTERRUPTED: { exit: 130, what: 'A signal stopped the work; a training run has saved a checkpoint.' },
  FETTLE_INVALID_ARGUMENT: { exit: 2, what: 'A function of the library was called with an argument of the wrong type or range.' },
  FETTLE_INTERNAL: { exit: 1, what: 'A defect in fettle itself.' },
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** One place where something is wrong: `file:line:field`, what was found there and how to mend it. */
export interface Problem {
  file?: string;
  /** 1-based; absent when the whole file is meant. */
  line?: number;
  field?: string;
  message: string;
  hint?: string;
}

export interface FettleErrorOptions {
  hint?: string;
  problems?: readonly Problem[];
  cause?: unknown;
}

/** Every error that fettle throws on purpose. Nothing prints or exits inside the library. */
export class FettleError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly problems: readonly Problem[];

  constructor(code: ErrorCode, message: string, options: FettleErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'FettleError';
    this.code = code;
    this.hint = options.hint;
    this.problems = options.problems ?? [];
  }

  /** The exit code of the CLI for this error. */
  get exitCode(): number {
    return errorCodes[this.code].exit;
  }
}

/** `file:line:field`, leaving out what is not known. */
export function formatWhere(p: Pick<Problem, 'file' | 'line' | 'field'>): string {
  return [p.file, p.line, p.field].filter((x) => x !== undefined && x !== '').join(':');
}

/** True when `error` is how work ends that this signal stopped. */
export function isInterruption(error: unknown, signal: AbortSignal | undefined): boolean {
  if (!signal?.aborted) return false;
  if (error instanceof FettleError) return error.code === 'FETTLE_INTERRUPTED';
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}

/** Runs `work`; whatever the signal makes it throw becomes FETTLE_INTERRUPTED, with the signal's reason as the cause. */
export async function interruptible<T>(what: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof FettleError || !isInterruption(cause, signal)) throw cause;
    throw new FettleError('FETTLE_INTERRUPTED', `${what} was interrupted`, { cause });
  }
}
