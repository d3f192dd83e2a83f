/** What a run tells while it goes: the same events feed the library's iterator, `--json`, `metrics.jsonl` and the web page. */
import type { OpTiming } from '../native/types.ts';

/** The checks have passed and the run folder exists. */
export interface StartEvent {
  type: 'start';
  output_dir: string;
  /** As the config names it. */
  model: string;
  method: 'lora' | 'full';
  trainable_parameters: number;
  rows: { train: number; validation: number };
  /** Tokens of one epoch. */
  tokens: number;
  supervised_tokens: number;
  steps_per_epoch: number;
  total_steps: number;
  /** What `auto` became. */
  micro_batch_tokens: number;
  activation_checkpointing: 'none' | 'selective' | 'full';
  /** Bytes: the limit of the process, and what it is predicted to hold at its peak, by purpose. */
  memory: { budget: number; process: number; weights: number; trainables: number; activations: number; total: number };
  /** The checkpoint's step, or null for a fresh run. */
  resumed_from: number | null;
}

/** Something a person should know; the run goes on. */
export interface NoteEvent {
  type: 'note';
  severity: 'note' | 'warning';
  /** Stable, lower-case. */
  code: string;
  message: string;
  hint?: string;
}

/** One optimizer step was made. */
export interface StepEvent {
  type: 'step';
  /** From 1. */
  step: number;
  /** Epochs done, a fraction. */
  epoch: number;
  /** Mean over the step's supervised tokens. */
  loss: number;
  /** Global L2 norm before clipping. */
  grad_norm: number;
  /** The rate this step used. */
  learning_rate: number;
  /** Tokens of this step. */
  tokens: number;
  supervised_tokens: number;
  /** Wall time of this step. */
  seconds: number;
  total_steps: number;
  tokens_per_second: number;
  /** Seconds to the end at the speed so far, evaluations included. */
  eta_seconds: number;
}

/** The validation rows were evaluated; `step` 0 is before any training. */
export interface EvalEvent {
  type: 'eval';
  step: number;
  epoch: number;
  /** Sum over supervised tokens / their number. */
  eval_loss: number;
  eval_perplexity: number;
  eval_tokens: number;
  eval_supervised_tokens: number;
  seconds: number;
  /** True when this is the state that `adapter/` now holds. */
  best: boolean;
}

/** A whole checkpoint lies on disk. */
export interface CheckpointEvent {
  type: 'checkpoint';
  step: number;
  path: string;
}

/** The AbortSignal stopped the run; `checkpoint` is where it can go on, null when nothing was trained yet. */
export interface StoppedEvent {
  type: 'stopped';
  step: number;
  checkpoint: string | null;
}

export type FinishReason = 'epochs' | 'max_steps' | 'early_stopping';

/** The run has ended and its result lies in `path`. */
export interface DoneEvent {
  type: 'done';
  reason: FinishReason;
  /** True when the run had ended before and there was nothing to resume. */
  already_finished: boolean;
  step: number;
  /** The step whose state `path` holds, and its validation loss; null without validation rows. */
  best_step: number | null;
  best_eval_loss: number | null;
  /** `adapter/` (LoRA) or `model/` (full fine-tuning) inside the run folder. */
  path: string;
  seconds: number;
  /** The most bytes that the process has held; null when there was nothing to do. */
  peak_memory: number | null;
}

/** Where the time of the steps went, op by op; only with `FETTLE_PROFILE`, before the last event. */
export interface ProfileEvent {
  type: 'profile';
  /** Steps that were measured, and their wall time together. */
  steps: number;
  seconds: number;
  /** Sums over these steps, one entry for each op and shape. */
  ops: OpTiming[];
}

export type RunEvent = StartEvent | NoteEvent | StepEvent | EvalEvent | CheckpointEvent | ProfileEvent | StoppedEvent | DoneEvent;
