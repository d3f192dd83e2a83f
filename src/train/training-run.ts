/** The state of a run and what can be done to it: one step, one evaluation, one checkpoint, the end. `loop.ts` decides the order. */

import { replaceText } from '../atomic-file.ts';
import type { FettleConfig } from '../config/schema.ts';
import type { FettleError } from '../errors.ts';
import { evaluateRows } from '../eval/evaluate-rows.ts';
import type { CountedRow } from '../eval/row-losses.ts';
import type { ResultState, ResultWriter } from '../export/result-writer.ts';
import type { ActivationCheckpointing, NativeModel } from '../native/types.ts';
import { type Calendar, makeCalendar } from './calendar.ts';
import { removeOldCheckpoints, restoreCheckpoint, saveCheckpoint } from './checkpoint.ts';
import type { CheckpointState } from './checkpoint-state.ts';
import { DataOrder } from './data-order.ts';
import { EarlyStopping } from './early-stopping.ts';
import type { CheckpointEvent, EvalEvent, FinishReason, NoteEvent, StepEvent } from './events.ts';
import { type LedgerLine, openLedger } from './ledger-file.ts';
import type { LineFile } from './line-file.ts';
import { type Metrics, MetricsFile } from './metrics-file.ts';
import { smallerMicroBatch } from './micro-batch-size.ts';
import { nonFiniteError } from './non-finite.ts';
import type { RunFolder } from './run-folder.ts';
import { learningRate, type Schedule, warmupSteps } from './schedule.ts';
import { type TrainStepResult, trainStep } from './train-step.ts';
import { saveParameters } from './trainable-file.ts';
import { trainerState } from './trainer-state.ts';

/** A training row that its ledger can name. */
export interface KnownRow extends CountedRow {
  /** Content hash. */
  hash: string;
}

/** Everything a run needs, checked: the seam between `finetune` (which finds and loads it) and the loop. */
export interface TrainingJob {
  native: NativeModel;
  settings: FettleConfig['train'];
  train: readonly KnownRow[];
  /** May be empty: then there is no evaluation and the last state is the result. */
  validation: readonly CountedRow[];
  /** Exists already. */
  folder: RunFolder;
  result: ResultWriter;
  micro_batch_tokens: number;
  activation_checkpointing: ActivationCheckpointing;
  /** True when the state before step 1 is itself a result worth keeping (a run that starts from an adapter). */
  starts_trained: boolean;
  /** When the run began first, ISO 8601. */
  began: string;
  identity: Pick<CheckpointState, 'train_hash' | 'validation_hash' | 'model_hash'>;
  /** The checkpoint to go on from, or null. */
  resume: CheckpointState | null;
  signal?: AbortSignal | undefined;
}

export class TrainingRun {
  readonly calendar: Calendar;
  readonly #job: TrainingJob;
  readonly #order: DataOrder;
  readonly #schedule: Schedule;
  readonly #early: EarlyStopping | null;
  readonly #metrics: MetricsFile;
  readonly #ledger: LineFile;
  #step: number;
  #pendingEval: boolean;
  #best: CheckpointState['best'];
  #tokens: number;
  #supervised: number;
  #finished: FinishReason | null = null;
  /** Smaller than the plan's once memory ran out. */
  #microBatchTokens: number;
  #notes: NoteEvent[] = [];
  /** True when something happened that no checkpoint holds. */
  #unsaved = false;
  readonly #secondsBefore: number;
  readonly #begun = performance.now();
  readonly #firstStep: number;

  private constructor(job: TrainingJob, metrics: MetricsFile, ledger: LineFile) {
    const { settings, resume } = job;
    this.#job = job;
    this.#metrics = metrics;
    this.#ledger = ledger;
    this.#order = new DataOrder({ rows: job.train.length, ...settings });
    this.calendar = makeCalendar(settings, this.#order.stepsPerEpoch);
    const { total_steps } = this.calendar;
    this.#schedule = {
      scheduler: settings.lr_scheduler,
      learning_rate: settings.learning_rate,
      total_steps,
      warmup_steps: warmupSteps(total_steps, settings.warmup_ratio),
    };
    this.#early = settings.early_stopping && new EarlyStopping(settings.early_stopping, resume?.early_stopping);
    this.#step = resume?.step ?? 0;
    this.#firstStep = this.#step;
    this.#pendingEval = resume?.pending_eval ?? true;
    this.#best = resume?.best ?? null;
    this.#tokens = resume?.tokens_seen ?? 0;
    this.#supervised = resume?.supervised_tokens_seen ?? 0;
    this.#secondsBefore = resume?.seconds ?? 0;
    this.#microBatchTokens = job.micro_batch_tokens;
  }

  /** Opens the run folder's files and, when resuming, puts the checkpoint's state into the model. */
  static async begin(job: TrainingJob): Promise<TrainingRun> {
    const { resume, native, folder, result } = job;
    native.setActivationCheckpointing(job.activation_checkpointing);
    const micro_batch_tokens = reserveMemory(job);
    if (resume !== null) await restoreCheckpoint(native, folder, result, resume);
    const ledger = await openLedger(folder.ledger, resume?.step ?? 0);
    const metrics = await MetricsFile.open(folder.metrics, (line) => resume !== null && precedes(line, resume));
    return new TrainingRun({ ...job, micro_batch_tokens }, metrics, ledger);
  }

  get step(): number {
    return this.#step;
  }

  get best(): CheckpointState['best'] {
    return this.#best;
  }

  get epoch(): number {
    return this.#step / this.calendar.steps_per_epoch;
  }

  /** Wall time of the run, earlier parts of a resumed one included. */
  get seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#begun) / 1000;
  }

  get evaluationDue(): boolean {
    return this.#pendingEval && this.#job.validation.length > 0;
  }

  get checkpointDue(): boolean {
    return this.#unsaved && this.calendar.saveAfter(this.#step);
  }

  /** Why the run is over, or null. */
  get endReason(): FinishReason | null {
    if (this.#step >= this.calendar.total_steps) return this.calendar.ends_by;
    return this.#early?.stop ? 'early_stopping' : null;
  }

  /** The validation loss before step 1, or null when it was not measured. */
  get firstEvalLoss(): number | null {
    const first = this.#metrics.lines.find((line) => line.step === 0 && 'eval_loss' in line);
    return first !== undefined && 'eval_loss' in first ? first.eval_loss : null;
  }

  /** Makes the next optimizer step. @returns null when the signal stopped it */
  async makeStep(): Promise<StepEvent | null> {
    const { train } = this.#job;
    const step = this.#step + 1;
    const rows = this.#order.rowsOf(step).map((index) => train[index]!);
    const learning_rate = learningRate(this.#schedule, step);
    const begun = performance.now();
    const made = await this.#trainStep(step, rows, learning_rate);
    if (made === null) return null;

    this.#step = step;
    this.#tokens += made.tokens;
    this.#supervised += made.supervised_tokens;
    this.#pendingEval = this.calendar.evaluateAfter(step);
    this.#unsaved = true;
    const seconds = (performance.now() - begun) / 1000;
    const { loss, grad_norm, tokens, supervised_tokens } = made;
    const metrics = { step, epoch: this.epoch, loss, grad_norm, learning_rate, tokens, supervised_tokens, seconds };
    this.#ledger.append(...ledgerLines(rows, made.loss_sums, { step, epoch: this.#order.epochOf(step) + 1 }));
    this.#metrics.append(metrics);
    const { total_steps } = this.calendar;
    const secondsPerStep = (performance.now() - this.#begun) / 1000 / (step - this.#firstStep);
    return {
      type: 'step',
      ...metrics,
      total_steps,
      tokens_per_second: tokens / seconds,
      eta_seconds: secondsPerStep * (total_steps - step),
    };
  }

  /** What happened in the last step beside it. */
  takeNotes(): NoteEvent[] {
    return this.#notes.splice(0);
  }

  /** One step; where memory runs out it is made again with smaller micro-batches, which the run then keeps. */
  async #trainStep(step: number, rows: readonly KnownRow[], learning_rate: number): Promise<TrainStepResult | null> {
    const { native, settings, signal } = this.#job;
    const [beta1, beta2] = settings.adam_betas;
    const { adam_epsilon: epsilon, weight_decay, seed, max_grad_norm } = settings;
    const adamw = { learning_rate, beta1, beta2, epsilon, weight_decay, max_grad_norm };
    for (;;) {
      try {
        return await trainStep(native, rows, { step, seed, micro_batch_tokens: this.#microBatchTokens, adamw, signal });
      } catch (error) {
        const micro_batch_tokens = smallerMicroBatch(error, this.#microBatchTokens, longestRow(this.#job));
        this.#microBatchTokens = reserveMemory({ ...this.#job, micro_batch_tokens });
        const message = `memory ran out in step ${step}; it was made again with micro-batches of ${this.#microBatchTokens} tokens`;
        this.#notes.push({ type: 'note', severity: 'warning', code: 'out-of-memory', message, hint: (error as FettleError).message });
      }
    }
  }

  /** Measures the validation loss; the lowest one's state becomes the result. @returns null when the signal stopped it */
  async evaluate(): Promise<EvalEvent | null> {
    const { native, validation, signal } = this.#job;
    const micro_batch_tokens = this.#microBatchTokens;
    const begun = performance.now();
    const measured = await evaluateRows(native, validation, { micro_batch_tokens, signal });
    if (measured === null) return null;
    if (!Number.isFinite(measured.loss)) throw await this.#evaluationFailed(measured.loss, measured.loss_sums);

    const { loss: eval_loss, tokens: eval_tokens, supervised_tokens: eval_supervised_tokens } = measured;
    const best = (this.#step > 0 || this.#job.starts_trained) && (this.#best === null || eval_loss < this.#best.eval_loss);
    if (best) {
      await this.#writeResult({ step: this.#step, eval_loss });
      this.#best = { step: this.#step, eval_loss };
    }
    this.#early?.observe(eval_loss);
    this.#pendingEval = false;
    this.#unsaved = true;
    const seconds = (performance.now() - begun) / 1000;
    const shown = { eval_loss, eval_perplexity: Math.exp(eval_loss), eval_tokens, eval_supervised_tokens, seconds };
    const metrics = { step: this.#step, epoch: this.epoch, ...shown };
    this.#metrics.append(metrics);
    return { type: 'eval', ...metrics, best };
  }

  /** Writes a checkpoint of the current state and removes old ones. */
  async save(): Promise<CheckpointEvent> {
    const { native, folder, result, settings } = this.#job;
    this.#ledger.sync();
    this.#metrics.sync();
    const path = await saveCheckpoint({ native, folder, result, state: this.#state(), trainer_state: this.#trainerState() });
    await removeOldCheckpoints(folder, settings.save_total_limit);
    await replaceText(folder.trainerState, `${JSON.stringify(this.#trainerState(), null, 2)}\n`);
    this.#unsaved = false;
    return { type: 'checkpoint', step: this.#step, path };
  }

  /** Marks the run as ended and saves it so; without validation rows the last state is the result. */
  async finish(reason: FinishReason): Promise<CheckpointEvent> {
    if (this.#best === null) await this.#writeResult({ step: this.#step, eval_loss: null });
    this.#finished = reason;
    return this.save();
  }

  close(): void {
    this.#ledger.close();
    this.#metrics.close();
  }

  async #writeResult(state: ResultState): Promise<void> {
    const { native, folder, result } = this.#job;
    await result.write(folder.result(result.folder), state, (file) => saveParameters(native, file, result.nameInFile));
  }

  async #evaluationFailed(loss: number, lossSums: Float64Array): Promise<Error> {
    const { native, validation, settings } = this.#job;
    const rows = validation.filter((_, index) => !Number.isFinite(lossSums[index]));
    const options = { loss_scale: 1, seed: settings.seed, step: this.#step };
    return nonFiniteError({ native, rows, options, found: `validation loss ${loss}`, where: `the evaluation after step ${this.#step}` });
  }

  #state(): CheckpointState {
    const { settings, began, identity, activation_checkpointing } = this.#job;
    const { steps_per_epoch } = this.calendar;
    return {
      version: 1,
      step: this.#step,
      finished: this.#finished,
      length: { epochs: settings.epochs, max_steps: settings.max_steps },
      pending_eval: this.#pendingEval,
      best: this.#best,
      early_stopping: this.#early?.state ?? { reference: null, counter: 0 },
      seed: settings.seed,
      data_order: {
        epoch: Math.floor(this.#step / steps_per_epoch),
        position: (this.#step % steps_per_epoch) * settings.batch_size,
      },
      tokens_seen: this.#tokens,
      supervised_tokens_seen: this.#supervised,
      began,
      seconds: this.seconds,
      micro_batch_tokens: this.#microBatchTokens,
      activation_checkpointing,
      ...identity,
    };
  }

  #trainerState(): Record<string, unknown> {
    const { settings, folder, result } = this.#job;
    const { steps_per_epoch, total_steps, eval_steps, save_steps } = this.calendar;
    const { batch_size, early_stopping } = settings;
    const best_path = folder.result(result.folder);
    const calendar = { steps_per_epoch, total_steps, eval_steps, save_steps };
    return trainerState({ state: this.#state(), metrics: this.#metrics.lines, ...calendar, batch_size, early_stopping, best_path });
  }
}

/** Takes the memory of the run's passes. @returns tokens of a micro-batch, fewer than planned where there was no room for those */
function reserveMemory(job: TrainingJob): number {
  for (let tokens = job.micro_batch_tokens; ; ) {
    try {
      job.native.reserve(tokens);
      return tokens;
    } catch (error) {
      tokens = smallerMicroBatch(error, tokens, longestRow(job));
    }
  }
}

function longestRow({ train, validation }: TrainingJob): number {
  return [...train, ...validation].reduce((longest, { input_ids }) => Math.max(longest, input_ids.length), 0);
}

/** What the ledger says of a step's rows. */
function ledgerLines(rows: readonly KnownRow[], lossSums: Float64Array, at: Pick<LedgerLine, 'step' | 'epoch'>): LedgerLine[] {
  return rows.map(({ hash, line, supervised }, i) => ({
    ...at,
    hash,
    line,
    loss: lossSums[i]! / supervised,
    supervised_tokens: supervised,
  }));
}

/** True when a metrics line was written before the checkpoint: an evaluation that is still pending there was not. */
function precedes(line: Metrics, checkpoint: CheckpointState): boolean {
  const again = checkpoint.pending_eval && 'eval_loss' in line && line.step === checkpoint.step;
  return line.step <= checkpoint.step && !again;
}
