/** The part of a review that speaks at the end, in this thread for small files, in one of its own from some thousand rows on. */
import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import { FettleError } from '../errors.ts';
import { lateDetectors } from './detectors/registry.ts';
import { rowComparison } from './detectors/row-comparison.ts';
import type { Finding } from './findings.ts';
import type { LateReply, LateRequest } from './late-review-worker.ts';
import type { Meanings } from './meaning/row-meanings.ts';
import type { TopicProfile } from './profile/data-profile.ts';
import type { Row } from './row.ts';

/** Rows from which a thread is worth its start. */
const rowsForThread = 4000;
const rowsInBatch = 256;
/** Batches that may wait for the thread: more would only take memory. */
const batchesWaiting = 8;

export class LateReview {
  /** What the rows are about; known when `finish` is through. */
  topics: readonly TopicProfile[] = [];
  #batch: Row[] = [];
  #thread: Thread | undefined;

  /** Takes note of a row; waits when the thread is behind. */
  async see(row: Row): Promise<void> {
    this.#batch.push(slim(row));
    if (this.#thread === undefined) {
      if (this.#batch.length < rowsForThread) return;
      this.#thread = new Thread();
    } else if (this.#batch.length < rowsInBatch) return;
    const batch = this.#batch;
    this.#batch = [];
    await this.#thread.send(batch);
  }

  /** What the whole file shows. @param meanings of its first rows, where a model was asked */
  async *finish(meanings?: Meanings): AsyncGenerator<Finding> {
    if (this.#thread === undefined) {
      const comparison = rowComparison();
      comparison.meanings = meanings;
      const detectors = await lateDetectors(comparison);
      for (const detector of detectors) for (const row of this.#batch) detector.see?.(row);
      for (const detector of detectors) yield* detector.finish?.() ?? [];
      this.topics = comparison.topics;
    } else {
      await this.#thread.send(this.#batch);
      this.topics = yield* this.#thread.findings(meanings);
    }
  }

  /** Ends the thread, whatever it is doing. */
  async stop(): Promise<void> {
    await this.#thread?.stop();
  }
}

/** Without what no late detector reads. */
function slim(row: Row): Row {
  return { ...row, record: {}, fields: {} };
}

class Thread {
  readonly #worker: Worker;
  readonly #replies: AsyncIterator<[LateReply]>;
  #waiting = 0;

  constructor() {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#worker = new Worker(new URL(`./late-review-worker.${extension}`, import.meta.url), { execArgv: [] });
    this.#replies = on(this.#worker, 'message', { close: ['exit'] })[Symbol.asyncIterator]() as AsyncIterator<[LateReply]>;
  }

  async send(rows: Row[]): Promise<void> {
    this.#post(rows);
    this.#waiting++;
    while (this.#waiting > batchesWaiting) {
      await this.#next();
      this.#waiting--;
    }
  }

  async *findings(meanings: Meanings | undefined): AsyncGenerator<Finding, readonly TopicProfile[]> {
    if (meanings !== undefined) this.#post({ meanings });
    this.#post(null);
    for (;;) {
      const reply = await this.#next();
      if ('topics' in reply) return reply.topics;
      yield* reply.findings;
    }
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #post(request: LateRequest): void {
    this.#worker.postMessage(request);
  }

  /** Rejects with what the thread threw. */
  async #next(): Promise<LateReply> {
    try {
      const { value } = await this.#replies.next();
      return (value as [LateReply])[0];
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY') throw cause;
      throw new FettleError('FETTLE_MEMORY', 'expected memory for the comparison of all rows, found too little', {
        cause,
        hint: 'Check the file in parts, or give Node.js more: NODE_OPTIONS=--max-old-space-size=8192',
      });
    }
  }
}
