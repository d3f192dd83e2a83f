/** A training run for the eye. */
import type { EvalEvent, NoteEvent, RunEvent, StartEvent, StepEvent } from '../train/events.ts';
import { LiveLine } from './live-line.ts';
import { duration, grouped } from './numbers.ts';
import { errColors as c } from './output.ts';

export class TrainProgress {
  readonly #line = new LiveLine();
  #validationLoss: number | null = null;

  show(event: RunEvent): void {
    switch (event.type) {
      case 'start':
        return this.#line.print(startLines(event));
      case 'note':
        return this.#line.print(noteLine(event));
      case 'step':
        return this.#line.update(stepLine(event, this.#validationLoss));
      case 'eval':
        this.#validationLoss = event.eval_loss;
        return this.#line.print(evalLine(event));
      case 'checkpoint':
        return this.#line.print(c.dim(`checkpoint ${event.path}`));
      case 'stopped':
        return this.#line.print(
          event.checkpoint === null
            ? 'stopped before the first step; nothing to resume'
            : `stopped after step ${event.step}; go on with --resume (${event.checkpoint})`,
        );
      case 'done':
        if (event.already_finished)
          return this.#line.print(`this run had finished already, at step ${event.step} (${reasons[event.reason]})`);
        return this.#line.print(
          `done after step ${event.step} (${reasons[event.reason]}) in ${duration(event.seconds)}${
            event.best_eval_loss === null ? '' : `; best validation loss ${event.best_eval_loss.toFixed(4)} at step ${event.best_step}`
          }`,
        );
    }
  }

  /** Takes the live line away, so that an error stands alone. */
  clear(): void {
    this.#line.clear();
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
    `${grouped(total_steps)} steps, ${grouped(steps_per_epoch)} an epoch, into ${event.output_dir}${
      event.resumed_from === null ? '' : `; resumed at step ${event.resumed_from}`
    }`,
  ].join('\n');
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
