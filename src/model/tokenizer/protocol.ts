/** Messages between the thread that asks (`sync-worker.ts`) and the thread that holds the Rust tokenizers (`worker.ts`). */
export type Request =
  | { op: 'load'; handle: number; json: string; addedTokens: readonly string[] }
  | { op: 'encode'; handle: number; texts: readonly string[]; addSpecialTokens: boolean }
  | { op: 'decode'; handle: number; ids: readonly number[]; skipSpecialTokens: boolean };

export interface EncodedText {
  ids: number[];
  tokens: string[];
  /** Two a token: start and end, in code points of the text. */
  offsets: Uint32Array;
}

export interface Replies {
  /** The id that the library gives each of `addedTokens`; -1 where it knows none. */
  load: { addedIds: number[] };
  encode: EncodedText[];
  decode: string;
}

export type Reply<Op extends Request['op'] = Request['op']> = { ok: true; value: Replies[Op] } | { ok: false; message: string };

/** Sent without waiting: the tokenizer of this handle was garbage-collected. */
export interface Drop {
  op: 'drop';
  handle: number;
}

export interface WorkerInit {
  port: import('node:worker_threads').MessagePort;
  /** One Int32 that becomes 1 when a reply lies in the port. */
  signal: Int32Array<SharedArrayBuffer>;
}
