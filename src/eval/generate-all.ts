/** Answers to many prompts, several of which share each pass through the weights. */
import type { LoadedModel } from '../model/load.ts';
import type { NativeSession } from '../native/types.ts';
import type { GenerationEnd } from './answer.ts';
import { type GenerateOptions, type GenerationRequest, requestOf } from './generate.ts';
import { type KeptAdapter, keepAdapter } from './use-adapter.ts';

/** Sequences that share a pass, when nothing else is said: more than make the weights' bytes the limit, few enough for their memory. */
const usualTogether = 16;

export interface GenerateAllOptions {
  /** Most sequences at a time; default 16. */
  together?: number;
  signal?: AbortSignal;
}

export interface CompleteAnswer {
  /** Of the request. */
  index: number;
  end: GenerationEnd;
}

interface Running extends GenerationRequest {
  index: number;
  sequence: number;
  /** What the sequence goes on with. */
  ids: readonly number[];
  adapter: KeptAdapter | undefined;
}

/**
 * Gives each answer as it is complete. A prompt begins as soon as an answer before it has ended; each may have an adapter of its own. With
 * one seed the answers are those that `generate` gives one by one, up to the rounding of sums.
 * @throws FettleError what `generate` throws, for the first prompt that is at fault, before anything is generated
 */
export async function* generateAll(
  model: LoadedModel,
  requests: readonly Omit<GenerateOptions, 'signal'>[],
  { together = usualTogether, signal }: GenerateAllOptions = {},
): AsyncGenerator<CompleteAnswer> {
  const waiting = requests.map((options, index) => ({ index, ...requestOf(model, options) }));
  if (waiting.length === 0) return;
  const largest = waiting.map(tokensOf).sort((a, b) => b - a);
  const room = largest.slice(0, together).reduce((sum, tokens) => sum + tokens, 0);
  const adapters = new Map<string, KeptAdapter>();
  const session = model.native.createSession(room, Math.min(together, waiting.length));
  let running: Running[] = [];
  try {
    for (const { adapter } of requests) {
      if (adapter !== undefined && !adapters.has(adapter)) adapters.set(adapter, await keepAdapter(model, adapter));
    }
    for (;;) {
      while (running.length < together && waiting[0] !== undefined) {
        const sequence = session.add(tokensOf(waiting[0]));
        if (sequence === null) break;
        const request = waiting.shift()!;
        const path = requests[request.index]!.adapter;
        running.push({ ...request, sequence, ids: request.prompt, adapter: path === undefined ? undefined : adapters.get(path) });
      }
      if (running.length === 0) return;
      if (signal?.aborted) {
        for (const request of [...running, ...waiting]) {
          request.answer.abort();
          yield completed(request);
        }
        return;
      }
      await step(session, running);
      const ended = running.filter(({ answer }) => answer.finished);
      running = running.filter(({ answer }) => !answer.finished);
      for (const request of ended) {
        session.remove(request.sequence);
        yield completed(request);
      }
    }
  } finally {
    session.free();
    for (const kept of adapters.values()) kept.drop();
  }
}

function completed({ index, answer }: Pick<Running, 'index' | 'answer'>): CompleteAnswer {
  answer.rest();
  return { index, end: answer.end() };
}

function tokensOf({ prompt, room }: GenerationRequest): number {
  return prompt.length + room;
}

async function step(session: NativeSession, running: readonly Running[]): Promise<void> {
  const inputs = running.map(({ sequence, ids, sampling, adapter }) => ({
    sequence,
    ids: Int32Array.from(ids),
    sampling,
    ...(adapter && { adapter: adapter.adapter }),
  }));
  const next = await session.step(inputs);
  for (const [i, one] of running.entries()) {
    one.answer.push(next[i]!);
    one.ids = [next[i]!];
  }
}
