/** A training run for the eye. */

import type { ModelProgress } from '../model/progress.ts';
import type { DoneEvent, EvalEvent, NoteEvent, ProfileEvent, RunEvent, StartEvent, StepEvent, StoppedEvent } from '../train/events.ts';
import { LiveLine } from './live-line.ts';
import { modelProgressLine } from './model-progress.ts';
import { bytes, duration, grouped } from './numbers.ts';
import { errColors as c } from './output.ts';

export class TrainProgress {
  readonly #line = new LiveLine();
  #validationLoss: number | null = null;

  /** Everything but a profile, whose table is for the caller to make. */
  show(event: RunEvent): void {
    if (event.type === 'profile') return;
    if (event.type === 'step') this.#line.update(stepLine(event, this.#validationLoss));
    else if (!(event.type === 'done' && event.already_finished)) this.#line.print(lineOf(event));
    if (event.type === 'eval') this.#validationLoss = event.eval_loss;
  }

  /** Shows how far bringing the model in has come. */
  readonly loading = (progress: ModelProgress): void => {
    this.#line.update(modelProgressLine(progress));
  };

  /** Prints text that stays. */
  print(text: string): void {
    this.#line.print(text);
  }

  /** Takes the live line away, so that an error stands alone. */
  clear(): void {
    this.#line.clear();
  }
}

function lineOf(event: Exclude<RunEvent, StepEvent | ProfileEvent>): string {
  switch (event.type) {
    case 'start':
      return startLines(event);
    case 'note':
      return noteLine(event);
    case 'eval':
      return evalLine(event);
    case 'checkpoint':
      return c.dim(`checkpoint ${event.path}`);
    case 'stopped':
      return stoppedLine(event);
    case 'done':
      return doneLine(event);
  }
}

const reasons = {
  epochs: 'all epochs',
  max_steps: 'max_steps',
  early_stopping: 'validation loss stopped falling',
} as const;

function startLines(event: StartEvent): string {
  const { rows, tokens, supervised_tokens, total_steps, steps_per_epoch, trainable_parameters } = event;
  return [
    `${event.model}: ${event.method}, ${grouped(trainable_parameters)} trainable parameters`,
    `${grouped(rows.train)} training rows (${grouped(tokens)} tokens, ${grouped(supervised_tokens)} supervised), ${grouped(rows.validation)} validation rows`,
    memoryLine(event),
    `${grouped(total_steps)} steps, ${grouped(steps_per_epoch)} an epoch, into ${event.output_dir}${
      event.resumed_from === null ? '' : `; resumed at step ${event.resumed_from}`
    }`,
  ].join('\n');
}

function memoryLine({ micro_batch_tokens, activation_checkpointing, memory }: StartEvent): string {
  const { budget, total, weights, trainables, activations } = memory;
  const parts = `weights ${bytes(weights)}, trained ${bytes(trainables)}, activations ${bytes(activations)}`;
  return `activation checkpointing ${activation_checkpointing}, ${grouped(micro_batch_tokens)} tokens at once: about ${bytes(total)} of ${bytes(budget)} (${parts})`;
}

function noteLine({ severity, message, hint }: NoteEvent): string {
  return `${severity === 'warning' ? c.yellow('warning') : c.cyan('note')}: ${message}${hint === undefined ? '' : ` ${c.dim(`(${hint})`)}`}`;
}

function stepLine(event: StepEvent, validationLoss: number | null): string {
  return [
    `step ${event.step}/${event.total_steps}`,
    `epoch ${event.epoch.toFixed(2)}`,
    `loss ${event.loss.toFixed(4)}`,
    ...(validationLoss === null ? [] : [`val loss ${validationLoss.toFixed(4)}`]),
    `${grouped(event.tokens_per_second)} tokens/s`,
    `ETA ${duration(event.eta_seconds)}`,
  ].join('  ');
}

function evalLine(event: EvalEvent): string {
  const best = event.best ? c.green('  best so far') : '';
  return `step ${event.step}  epoch ${event.epoch.toFixed(2)}  val loss ${c.bold(event.eval_loss.toFixed(4))}  perplexity ${event.eval_perplexity.toFixed(2)}${best}`;
}

function stoppedLine({ step, checkpoint }: StoppedEvent): string {
  if (checkpoint === null) return 'stopped before the first step; nothing to resume';
  return `stopped after step ${step}; go on with --resume (${checkpoint})`;
}

function doneLine({ step, reason, seconds, best_step, best_eval_loss, peak_memory }: DoneEvent): string {
  const best = best_eval_loss === null ? '' : `; best validation loss ${best_eval_loss.toFixed(4)} at step ${best_step}`;
  const held = peak_memory === null ? '' : `; at most ${bytes(peak_memory)} of memory`;
  return `done after step ${step} (${reasons[reason]}) in ${duration(seconds)}${best}${held}`;
}
