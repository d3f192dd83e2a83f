/**
 * The Node binding of the Rust tokenizers can only encode asynchronously. One worker thread holds the tokenizers and
 * this side waits for its answer, so that encoding is a plain function. The worker never keeps the process alive.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { FettleError } from '../../errors.ts';
import type { Drop, Replies, Reply, Request } from './protocol.ts';

const answerTimeoutMs = 300_000;

interface Connection {
  worker: Worker;
  port: MessagePort;
  signal: Int32Array<SharedArrayBuffer>;
}

let connection: Connection | undefined;

function connect(): Connection {
  const { port1, port2 } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), {
    // The parent's flags may not suit a file (--input-type), so none are inherited.
    execArgv: [],
    // Its heap would take 16 MiB before the first collection; the texts it passes on live shortly.
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
    workerData: { port: port2, signal },
    transferList: [port2],
  });
  worker.unref();
  // An error here leaves the waiting side without an answer, which reports it; a dead worker is replaced by the next call.
  worker.once('error', () => {
    connection = undefined;
  });
  return { worker, port: port1, signal };
}

/** Sends one request and blocks until its answer is there. */
export function callWorker<R extends Request>(request: R): Reply<R['op']> {
  connection ??= connect();
  const { worker, port, signal } = connection;
  Atomics.store(signal, 0, 0);
  worker.postMessage(request);
  const deadline = Date.now() + answerTimeoutMs;
  // The notification of an earlier answer may come late, so only the value tells that this one is there.
  while (Atomics.load(signal, 0) === 0) {
    if (Atomics.wait(signal, 0, 0, Math.max(0, deadline - Date.now())) !== 'timed-out') continue;
    connection = undefined;
    void worker.terminate();
    throw new FettleError('FETTLE_INTERNAL', `The tokenizer thread gave no answer to '${request.op}' within ${answerTimeoutMs / 1000} s.`);
  }
  const received = receiveMessageOnPort(port);
  if (!received) throw new FettleError('FETTLE_INTERNAL', `The tokenizer thread signalled an answer to '${request.op}' but sent none.`);
  return received.message as { ok: true; value: Replies[R['op']] } | { ok: false; message: string };
}

let lastHandle = 0;
const dropped = new FinalizationRegistry<number>((handle) => {
  const message: Drop = { op: 'drop', handle };
  connection?.worker.postMessage(message);
});

/** A new handle for a tokenizer in the worker; freed there when `owner` is garbage-collected. */
export function newHandle(owner: object): number {
  lastHandle += 1;
  dropped.register(owner, lastHandle);
  return lastHandle;
}
