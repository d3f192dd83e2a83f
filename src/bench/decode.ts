/** Generation with a model of random weights: a prompt at once, then token after token. Runs in a process of its own. */
import type { OpTiming } from '../native/types.ts';
import { addLora, bytesPerToken, type Precision, randomModel } from './random-model.ts';
import type { ShapeName } from './shapes.ts';

export interface DecodeJob extends Precision {
  kind: 'decode';
  shape: ShapeName;
  /** Of LoRA on every linear; 0: none. */
  r: number;
  /** Tokens of the prompt. */
  prompt: number;
  /** Tokens generated after it, each one measured. */
  tokens: number;
  /** How often all of it is done. */
  rounds: number;
}

export interface DecodeResult {
  /** Of each prompt. */
  prefill_seconds: number[];
  /** Of each token. */
  token_seconds: number[];
  /** Bytes of weights that a token must read. */
  bytes_per_token: number;
  /** The ops of one more prompt. */
  prefill_profile: OpTiming[];
}

const greedy = { temperature: 0, top_k: 0, top_p: 1, seed: 1 };

export async function measureDecode(job: DecodeJob): Promise<DecodeResult> {
  const native = await randomModel(job.shape, job);
  if (job.r > 0) addLora(native, job.r);
  const bytes_per_token = bytesPerToken(native.parameters(), job);
  const result: DecodeResult = { prefill_seconds: [], token_seconds: [], bytes_per_token, prefill_profile: [] };
  const prompt = Int32Array.from({ length: job.prompt }, (_, t) => (t * 7919) % 500);
  for (let round = 0; round <= job.rounds; round++) {
    const session = native.createSession(job.prompt + job.tokens);
    const timed = async (ids: Int32Array, into: number[]) => {
      const begun = performance.now();
      const next = await session.step(ids, greedy);
      if (round > 0) into.push((performance.now() - begun) / 1000);
      return Int32Array.of(next);
    };
    let next = await timed(prompt, result.prefill_seconds);
    for (let t = 0; t < job.tokens; t++) next = await timed(next, result.token_seconds);
    session.free();
  }
  native.setProfiling(true);
  const session = native.createSession(job.prompt);
  await session.step(prompt, greedy);
  session.free();
  result.prefill_profile = native.takeProfile();
  native.free();
  return result;
}
