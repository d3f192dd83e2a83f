/** Fine-tuning from a config to a result: config, data, model, checks, and only then the first byte on disk. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { makeFolder, replaceText } from '../atomic-file.ts';
import { parseConfig } from '../config/parse.ts';
import type { FettleConfig, FettleConfigInput } from '../config/schema.ts';
import type { EncodeOptions } from '../data/encode.ts';
import { isInterruption } from '../errors.ts';
import { countTokens } from '../eval/row-losses.ts';
import { elements } from '../export/safetensors-stream.ts';
import { type LoadedModel, type LoadModelOptions, loadModel } from '../model/load.ts';
import { type ModelSource, openModel } from '../model/source.ts';
import { makeCalendar } from './calendar.ts';
import type { DoneEvent, NoteEvent, RunEvent, StartEvent } from './events.ts';
import { runTraining } from './loop.ts';
import { withMemoryCheck } from './memory-check.ts';
import { readInitAdapter } from './prepare-adapter.ts';
import { type EncodedData, encodeRunData, hashRows, type RunData, readRunData } from './prepare-data.ts';
import { makeTrainable } from './prepare-trainables.ts';
import { expectSameIdentity, planResume, type ResumePlan } from './resume.ts';
import { RunFolder } from './run-folder.ts';
import { RunLock } from './run-lock.ts';
import { planRunMemory, type RunMemory } from './run-memory.ts';
import { profileAsked, withProfile } from './step-profile.ts';
import type { TrainingJob } from './training-run.ts';

export interface FinetuneOptions {
  /** Stops the run after the current micro-batch, with a checkpoint; `stopped` is then the last event. */
  signal?: AbortSignal;
  /** Go on with the run that `output_dir` holds. Without it, a folder that holds a run is an error. */
  resume?: boolean;
  /** The file that the config came from: sealed test sets are looked for beside it too. */
  config_file?: string;
  /** Progress of downloading and loading the model. */
  onProgress?: LoadModelOptions['onProgress'];
}

/**
 * Fine-tunes a model; the run goes on as its events are taken. Nothing is written before every check has passed.
 * @param input a config as a person writes it: defaults are filled in, and with `init_adapter` what is left out comes from the adapter
 * @throws FettleError with a code of `docs/errors.md`; bad data names every bad row at once
 * @example
 * ```ts
 * import { finetune } from 'fettle';
 *
 * const config = { model: 'HuggingFaceTB/SmolLM2-135M-Instruct', data: { path: 'examples.jsonl' }, output_dir: 'runs/first' };
 * for await (const event of finetune(config)) {
 *   if (event.type === 'eval') console.log(`step ${event.step}: validation loss ${event.eval_loss}`);
 *   if (event.type === 'done') console.log(`the adapter is in ${event.path}`);
 * }
 * ```
 */
export async function* finetune(input: FettleConfigInput, options: FinetuneOptions = {}): AsyncGenerator<RunEvent, void> {
  const config = parseConfig(input);
  const folder = new RunFolder(config.output_dir);
  const { signal, onProgress } = options;
  let loaded: LoadedModel | undefined;
  let lock: RunLock | undefined;
  try {
    if (options.resume) lock = lockThere(folder);
    const resume = options.resume ? await planResume(folder, config) : freshStart(folder);
    if (resume.finished) return yield* alreadyFinished(folder, config, resume);

    const init = await readInitAdapter(config, input);
    const data = await readRunData(config.data, { config_file: options.config_file, output_dir: folder.root, signal });
    const source = await openModel(config.model, { signal, onProgress });
    const began = resume.checkpoint?.began ?? new Date().toISOString();
    const rows = await encodeRunData(data, encodeOptions(config, source, new Date(began), signal));
    const identity = { train_hash: hashRows(rows.train), validation_hash: hashRows(rows.validation), model_hash: source.hash };
    if (resume.checkpoint !== null) expectSameIdentity(resume.checkpoint, identity);

    const micro_batch_tokens = resume.checkpoint?.micro_batch_tokens ?? null;
    const memory = planRunMemory({ config, source, init, longest_row: longestRow(rows), micro_batch_tokens });
    const { device, quantization, compute_dtype } = config;
    loaded = await loadModel(source, { device, quantization, compute_dtype, onProgress, signal });
    const trainable = await makeTrainable(loaded, config, init);
    const job: TrainingJob = {
      native: loaded.native,
      settings: config.train,
      train: rows.train,
      validation: rows.validation,
      folder,
      result: trainable.result,
      starts_trained: trainable.starts_trained,
      began,
      identity,
      resume: resume.checkpoint,
      signal,
      micro_batch_tokens: memory.micro_batch_tokens,
      activation_checkpointing: memory.activation_checkpointing,
    };
    lock ??= await lockFresh(folder);
    await beginFolder(folder, config, data);
    yield startEvent(config, job, memory);
    for (const note of [...data.notes, ...rows.notes, ...trainable.notes]) yield note;
    const events = memory.budget.of === 'gpu' ? runTraining(job) : withMemoryCheck(runTraining(job), memory);
    yield* profileAsked() === 'off' ? events : withProfile(events, loaded.native);
  } catch (error) {
    if (!isInterruption(error, signal)) throw error;
    const step = folder.checkpointSteps().at(-1);
    yield { type: 'stopped', step: step ?? 0, checkpoint: step === undefined ? null : folder.checkpoint(step) };
  } finally {
    loaded?.dispose();
    lock?.release();
  }
}

/** The lock of a folder to go on in: taken before its checkpoints are read. Undefined when there is no folder yet. */
function lockThere(folder: RunFolder): RunLock | undefined {
  folder.expectFolder();
  return existsSync(folder.root) ? RunLock.take(folder.root) : undefined;
}

/** The lock of a folder that this run makes; another may have been faster since it was found free. */
async function lockFresh(folder: RunFolder): Promise<RunLock> {
  await makeFolder(folder.root);
  const lock = RunLock.take(folder.root);
  try {
    folder.expectFree();
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

function freshStart(folder: RunFolder): ResumePlan {
  folder.expectFree();
  return { checkpoint: null, finished: false };
}

function encodeOptions(config: FettleConfig, source: ModelSource, now: Date, signal: AbortSignal | undefined): EncodeOptions {
  const { train_on, max_length, long_examples, split } = config.data;
  const { tokenizer, eosIds } = source;
  const chatTemplate = source.chatTemplate?.at(now) ?? null;
  const { max_positions, vocab_size } = source.config;
  const rendering = { tokenizer, chatTemplate, eosIds, train_on };
  return { ...rendering, max_length, long_examples, max_positions, vocab_size, stratify_by: split.stratify_by, ...(signal && { signal }) };
}

function longestRow({ train, validation }: EncodedData): number {
  return [...train, ...validation].reduce((longest, { input_ids }) => Math.max(longest, input_ids.length), 0);
}

async function beginFolder(folder: RunFolder, config: FettleConfig, data: RunData): Promise<void> {
  await folder.create();
  await folder.removeLeftovers();
  await replaceText(folder.config, stringify(config));
  await data.seal(folder.root);
}

function startEvent(config: FettleConfig, job: TrainingJob, { predicted, budget }: RunMemory): StartEvent {
  const steps_per_epoch = Math.ceil(job.train.length / config.train.batch_size);
  return {
    type: 'start',
    output_dir: job.folder.root,
    model: config.model,
    method: job.result.folder === 'model' ? 'full' : 'lora',
    trainable_parameters: job.native.trainables().reduce((total, { shape }) => total + elements(shape), 0),
    rows: { train: job.train.length, validation: job.validation.length },
    ...countTokens(job.train),
    steps_per_epoch,
    total_steps: makeCalendar(config.train, steps_per_epoch).total_steps,
    micro_batch_tokens: job.micro_batch_tokens,
    activation_checkpointing: job.activation_checkpointing,
    memory: { budget: Math.floor(budget.bytes), ...predicted },
    resumed_from: job.resume?.step ?? null,
  };
}

/** Says that there is nothing to do, after making whole what a process that died right at the end left out. */
async function* alreadyFinished(
  folder: RunFolder,
  config: FettleConfig,
  { checkpoint }: ResumePlan,
): AsyncGenerator<NoteEvent | DoneEvent> {
  const { step, finished, best, seconds } = checkpoint!;
  await replaceText(folder.trainerState, await readFile(join(folder.checkpoint(step), 'trainer_state.json'), 'utf8'));
  const path = folder.result(config.method.type === 'full' ? 'model' : 'adapter');
  yield {
    type: 'note',
    severity: 'note',
    code: 'already-finished',
    message: `the run in ${folder.root} has finished already, at step ${step}`,
  };
  const [best_step, best_eval_loss] = [best?.step ?? null, best?.eval_loss ?? null];
  yield { type: 'done', reason: finished!, already_finished: true, step, best_step, best_eval_loss, path, seconds, peak_memory: null };
}
