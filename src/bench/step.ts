/** One training step of a model of random weights, every token supervised. Runs in a process of its own, whose peak memory is a figure. */
import { gpuOf } from '../native/device.ts';
import type { ActivationCheckpointing, OpTiming } from '../native/types.ts';
import { peakMemory } from '../train/peak-memory.ts';
import { type TrainStepResult, trainStep } from '../train/train-step.ts';
import { addLora, type Precision, randomModel } from './random-model.ts';
import { decoderOf, type ShapeName } from './shapes.ts';
import { type Effort, timeCalls } from './timing.ts';

export interface StepJob extends Precision {
  kind: 'step';
  /** Default cpu. */
  device?: string;
  shape: ShapeName;
  sequences: number;
  /** Of each sequence. */
  tokens: number;
  method: 'lora' | 'full';
  /** Of LoRA. */
  r: number;
  activation_checkpointing: ActivationCheckpointing;
  effort: Effort;
}

export interface StepResult {
  /** Of each measured step. */
  seconds: number[];
  /** Loss and gradient norm of each step, from the first on. */
  steps: Pick<TrainStepResult, 'loss' | 'grad_norm'>[];
  /** Most bytes that the process held, before the profile. */
  peak_memory: number;
  /** Bytes of the GPU that were taken by then, all of what a step needs; 0 on the CPU. */
  device_memory: number;
  /** The ops of one more step. */
  profile: OpTiming[];
  /** How long that one took. */
  profiled_seconds: number;
}

export async function measureStep(job: StepJob): Promise<StepResult> {
  const { shape, sequences, tokens, method, r, effort } = job;
  const freeBytes = () => gpuOf(job.device ?? 'cpu')?.free_bytes ?? 0;
  const before = freeBytes();
  const native = await randomModel(shape, job, job.device);
  if (method === 'full') native.trainAll();
  else addLora(native, r);
  native.setActivationCheckpointing(job.activation_checkpointing);
  native.reserve(sequences * tokens);
  const rows = randomRows(sequences, tokens, decoderOf(shape).vocab_size);
  const steps: StepResult['steps'] = [];
  const oneStep = async () => {
    const options = { step: steps.length + 1, seed: 1, micro_batch_tokens: sequences * tokens, adamw, signal: undefined };
    const { loss, grad_norm } = (await trainStep(native, rows, options))!;
    steps.push({ loss, grad_norm });
  };
  const seconds = await timeCalls('step', oneStep, effort);
  const peak_memory = peakMemory();
  const device_memory = before - freeBytes();
  native.setProfiling(true);
  const begun = performance.now();
  await oneStep();
  const profiled_seconds = (performance.now() - begun) / 1000;
  const profile = native.takeProfile();
  native.free();
  return { seconds, steps, peak_memory, device_memory, profile, profiled_seconds };
}

const adamw = { learning_rate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0, max_grad_norm: 1 };

function randomRows(sequences: number, tokens: number, vocabulary: number) {
  return Array.from({ length: sequences }, (_, row) => {
    const input_ids = Array.from({ length: tokens }, (_, t) => (row * 7919 + t * 104_729 + ((t * t) % 8191)) % vocabulary);
    return { file: 'random', line: row + 1, input_ids, labels: input_ids, supervised: tokens - 1 };
  });
}
