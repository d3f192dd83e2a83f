/** Stops a run whose validation loss no longer falls. Semantics of Keras' EarlyStopping (`min_delta`, `patience`). */

export interface EarlyStoppingState {
  /** The last loss that counted as lower; null before the first evaluation. */
  reference: number | null;
  /** Evaluations since then. */
  counter: number;
}

export class EarlyStopping {
  readonly patience: number;
  readonly minDelta: number;
  #state: EarlyStoppingState;

  constructor(options: { patience: number; min_delta: number }, state: EarlyStoppingState = { reference: null, counter: 0 }) {
    this.patience = options.patience;
    this.minDelta = options.min_delta;
    this.#state = { ...state };
  }

  get state(): EarlyStoppingState {
    return { ...this.#state };
  }

  /** Takes the loss of one evaluation; a loss counts as lower when it is below the reference by more than `min_delta`. */
  observe(loss: number): void {
    const { reference, counter } = this.#state;
    const lower = reference === null || loss < reference - this.minDelta;
    this.#state = lower ? { reference: loss, counter: 0 } : { reference, counter: counter + 1 };
  }

  /** True once `patience` evaluations in a row were not lower. */
  get stop(): boolean {
    return this.#state.counter >= this.patience;
  }
}
