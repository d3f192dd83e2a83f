/** Runs in a worker thread: owns the Rust tokenizers and answers `sync-worker.ts`, one request at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Tokenizer } from 'tokenizers';
import type { Drop, EncodedText, Replies, Reply, Request, WorkerInit } from './protocol.ts';

const { port, signal } = workerData as WorkerInit;
const tokenizers = new Map<number, Tokenizer>();

async function load(request: Extract<Request, { op: 'load' }>): Promise<Replies['load']> {
  const { Tokenizer } = await import('tokenizers');
  const tokenizer = Tokenizer.fromString(request.json);
  tokenizers.set(request.handle, tokenizer);
  return { addedIds: request.addedTokens.map((token) => tokenizer.tokenToId(token) ?? -1) };
}

async function encode(request: Extract<Request, { op: 'encode' }>): Promise<EncodedText[]> {
  const tokenizer = tokenizers.get(request.handle)!;
  const encodings = await tokenizer.encodeBatch([...request.texts], { addSpecialTokens: request.addSpecialTokens });
  return encodings.map((encoding) => ({
    ids: encoding.getIds(),
    tokens: encoding.getTokens(),
    offsets: Uint32Array.from(encoding.getOffsets().flat()),
  }));
}

function handle(request: Request): Promise<Replies[Request['op']]> {
  switch (request.op) {
    case 'load':
      return load(request);
    case 'encode':
      return encode(request);
    case 'decode':
      return tokenizers.get(request.handle)!.decode([...request.ids], request.skipSpecialTokens);
  }
}

parentPort!.on('message', (message: Request | Drop) => {
  if (message.op === 'drop') {
    tokenizers.delete(message.handle);
    return;
  }
  handle(message)
    .then(
      (value): Reply => ({ ok: true, value }),
      (error: unknown): Reply => ({ ok: false, message: error instanceof Error ? error.message : String(error) }),
    )
    .then((reply) => {
      port.postMessage(reply);
      Atomics.store(signal, 0, 1);
      Atomics.notify(signal, 0);
    });
});
