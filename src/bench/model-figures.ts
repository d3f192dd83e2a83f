/** Figures of whole models: a training step, generation, a real run; each measured in a process of its own. */
import { basename, extname } from 'node:path';
import type { OpTiming } from '../native/types.ts';
import type { DecodeJob } from './decode.ts';
import { inChild } from './in-child.ts';
import type { Ceilings, Figure, ProfileLine } from './result.ts';
import type { RunJob } from './run.ts';
import { spread } from './statistics.ts';
import type { StepJob } from './step.ts';

/** Tokens a second and peak memory of a training step, and its profile. */
export async function stepFigures(job: StepJob, ceilings: Ceilings): Promise<[Figure, Figure, ProfileLine]> {
  const { shape, sequences, tokens, method, quantization, compute_dtype, activation_checkpointing } = job;
  const name = `step ${shape} ${sequences}x${tokens} ${method} ${quantization} ${compute_dtype} ${activation_checkpointing}`;
  const { seconds, peak_memory, profile, profiled_seconds } = await inChild(job);
  const all = sequences * tokens;
  const rates = spread(seconds.map((s) => all / s));
  const memory = spread([peak_memory / 2 ** 20]);
  return [
    {
      type: 'figure',
      name,
      unit: 'tokens/s',
      better: 'higher',
      ...rates,
      ceiling: all / productSeconds(profile, ceilings),
      bound: compute_dtype,
    },
    { type: 'figure', name: `memory of ${name}`, unit: 'MiB', better: 'lower', ...memory, ceiling: null, bound: null },
    { type: 'profile', name, seconds: profiled_seconds, ops: profile },
  ];
}

/** Tokens a second of the prompts and of what is generated after them, and the profile of a step. */
export async function decodeFigures(job: DecodeJob, ceilings: Ceilings): Promise<[Figure, Figure, ProfileLine]> {
  const { shape, quantization, compute_dtype, r, prompt, sequences } = job;
  const what = `${shape} ${quantization} ${compute_dtype}${r > 0 ? ' lora' : ''}`;
  const together = sequences === 1 ? '' : ` ${sequences} together`;
  const { prefill_seconds, step_seconds, bytes_per_step, prefill_profile, step_profile } = await inChild(job);
  const prefill = spread(prefill_seconds.map((s) => (sequences * prompt) / s));
  const decode = spread(step_seconds.map((s) => sequences / s));
  const reading = bytes_per_step / ceilings.read;
  const multiplying = productSeconds(step_profile, ceilings);
  const base = { type: 'figure', unit: 'tokens/s', better: 'higher' } as const;
  const name = `decode ${what}${together}`;
  return [
    {
      ...base,
      name: `prefill ${what} ${prompt}${together}`,
      ...prefill,
      ceiling: (sequences * prompt) / productSeconds(prefill_profile, ceilings),
      bound: compute_dtype,
    },
    {
      ...base,
      name,
      ...decode,
      ceiling: sequences / Math.max(reading, multiplying),
      bound: multiplying > reading ? compute_dtype : 'read',
    },
    { type: 'profile', name, seconds: step_profile.reduce((total, { seconds }) => total + seconds, 0), ops: step_profile },
  ];
}

/** How long a real run takes to its first step, and its supervised tokens a second: of all steps together, and step by step. */
export async function runFigures(job: RunJob): Promise<Figure[]> {
  const { start_seconds, steps, peak_memory, predicted_memory } = await inChild(job);
  const sum = (of: (step: (typeof steps)[0]) => number) => steps.reduce((total, step) => total + of(step), 0);
  const whole = sum((step) => step.supervised_tokens) / sum((step) => step.seconds);
  const rates = spread(steps.map(({ seconds, supervised_tokens }) => supervised_tokens / seconds));
  const one = (value: number) => ({ ...spread([value]), ceiling: null, bound: null });
  const name = `run ${basename(job.config, extname(job.config))}`;
  return [
    { type: 'figure', name: `start of ${name}`, unit: 's', better: 'lower', ...one(start_seconds) },
    { type: 'figure', name, unit: 'supervised tokens/s', better: 'higher', ...one(whole) },
    { type: 'figure', name: `steps of ${name}`, unit: 'supervised tokens/s', better: 'higher', ...rates, ceiling: null, bound: null },
    { type: 'figure', name: `memory of ${name}`, unit: 'MiB', better: 'lower', ...one(peak_memory / 2 ** 20) },
    { type: 'figure', name: `predicted memory of ${name}`, unit: 'MiB', better: 'lower', ...one(predicted_memory / 2 ** 20) },
  ];
}

/** The time that a step's products take when nothing else takes any. */
function productSeconds(ops: readonly OpTiming[], ceilings: Ceilings): number {
  return ops.reduce((total, { flops, products }) => total + flops / ceilings[products], 0);
}
