/** The run's losses as a table: training loss averaged between evaluations, beside validation loss. */
import type { RunEvent } from '../../train/events.ts';

export class LossTable {
  readonly #rows: { step: number; training: number | null; validation: number }[] = [];
  #sum = 0;
  #tokens = 0;

  observe(event: RunEvent): void {
    if (event.type === 'step') {
      this.#sum += event.loss * event.supervised_tokens;
      this.#tokens += event.supervised_tokens;
    }
    if (event.type === 'eval') {
      this.#rows.push({ step: event.step, training: this.#tokens === 0 ? null : this.#sum / this.#tokens, validation: event.eval_loss });
      this.#sum = 0;
      this.#tokens = 0;
    }
  }

  toString(): string {
    const cell = (value: number | null) => (value === null ? '-' : value.toFixed(3)).padStart(15);
    const lines = this.#rows.map(({ step, training, validation }) => `${String(step).padStart(5)}${cell(training)}${cell(validation)}`);
    return [' step  training loss  validation loss', ...lines].join('\n');
  }
}
