/** Generation with a model of random weights: prompts at once, then token after token. Runs in a process of its own. */
import type { NativeModel, NativeSession, OpTiming, SequenceInput } from '../native/types.ts';
import { addLora, bytesPerStep, type Precision, randomModel } from './random-model.ts';
import type { ShapeName } from './shapes.ts';

export interface DecodeJob extends Precision {
  kind: 'decode';
  shape: ShapeName;
  /** Of LoRA on every linear; 0: none. */
  r: number;
  /** That generate together. */
  sequences: number;
  /** Tokens of each one's prompt. */
  prompt: number;
  /** Tokens that each one generates after it; each step is measured. */
  tokens: number;
  /** How often all of it is done. */
  rounds: number;
}

export interface DecodeResult {
  /** Of each round's prompts. */
  prefill_seconds: number[];
  /** Of each step, which gives every sequence a token. */
  step_seconds: number[];
  /** Bytes of weights that a step must read. */
  bytes_per_step: number;
  /** The ops of one more round's prompts, and of a step after them. */
  prefill_profile: OpTiming[];
  step_profile: OpTiming[];
}

const greedy = { temperature: 0, top_k: 0, top_p: 1, seed: 1 };

export async function measureDecode(job: DecodeJob): Promise<DecodeResult> {
  const native = await randomModel(job.shape, job);
  if (job.r > 0) addLora(native, job.r);
  const result: DecodeResult = {
    prefill_seconds: [],
    step_seconds: [],
    bytes_per_step: bytesPerStep(native.parameters(), job),
    prefill_profile: [],
    step_profile: [],
  };
  for (let round = 0; round <= job.rounds; round++) {
    const together = new Together(native, job);
    const timed = async (into: number[]) => {
      const begun = performance.now();
      await together.step();
      if (round > 0) into.push((performance.now() - begun) / 1000);
    };
    await timed(result.prefill_seconds);
    for (let t = 0; t < job.tokens; t++) await timed(result.step_seconds);
    together.free();
  }
  native.setProfiling(true);
  const together = new Together(native, job);
  await together.step();
  result.prefill_profile = native.takeProfile();
  await together.step();
  result.step_profile = native.takeProfile();
  together.free();
  native.free();
  return result;
}

/** Sequences with prompts of their own: the first step takes in the prompts. */
class Together {
  readonly #session: NativeSession;
  #inputs: SequenceInput[];

  constructor(native: NativeModel, { sequences, prompt, tokens }: DecodeJob) {
    const each = prompt + tokens;
    this.#session = native.createSession(sequences * each, sequences);
    this.#inputs = Array.from({ length: sequences }, (_, s) => ({
      sequence: this.#session.add(each)!,
      ids: Int32Array.from({ length: prompt }, (_, t) => ((t + s) * 7919) % 500),
      sampling: greedy,
    }));
  }

  async step(): Promise<void> {
    const next = await this.#session.step(this.#inputs);
    this.#inputs = this.#inputs.map((input, i) => ({ ...input, ids: next.subarray(i, i + 1) }));
  }

  free(): void {
    this.#session.free();
  }
}
