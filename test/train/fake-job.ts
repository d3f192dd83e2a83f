/** A small training job on the fake model, with settings that tests change. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConfig } from '../../src/config/parse.ts';
import type { FettleConfig } from '../../src/config/schema.ts';
import type { ResultWriter } from '../../src/export/result-writer.ts';
import type { NativeModel } from '../../src/native/types.ts';
import { latestCheckpoint } from '../../src/train/checkpoint.ts';
import type { RunEvent } from '../../src/train/events.ts';
import { runTraining } from '../../src/train/loop.ts';
import { RunFolder } from '../../src/train/run-folder.ts';
import type { KnownRow, TrainingJob } from '../../src/train/training-run.ts';
import { FakeNative } from './fake-native.ts';

/** Rows of a language where token n is followed by n + 1, of different lengths; the first third of a row is not trained. */
export function countingRows(count: number, first = 0, vocab = 16): KnownRow[] {
  return Array.from({ length: count }, (_, i) => {
    const length = 4 + ((i * 5) % 9);
    const input_ids = Array.from({ length }, (_, t) => (first + i + t) % vocab);
    const labels = input_ids.map((id, t) => (t < length / 3 ? -100 : id));
    const supervised = labels.filter((label, t) => t > 0 && label !== -100).length;
    return { input_ids, labels, supervised, hash: `row ${first + i}`, file: 'rows.jsonl', line: i + 1 };
  });
}

/** Writes weights only: what the loop needs of a result. */
export const plainResult: ResultWriter = {
  folder: 'adapter',
  weightsFile: 'adapter_model.safetensors',
  nameInFile: (name) => `base_model.model.${name}`,
  writeConfig: (path) => writeFile(join(path, 'adapter_config.json'), '{}'),
  write: async (path, _state, writeWeights) => {
    await mkdir(path, { recursive: true });
    await writeWeights(join(path, 'adapter_model.safetensors'));
  },
};

export function trainSettings(train: Partial<FettleConfig['train']> = {}): FettleConfig['train'] {
  const config = parseConfig({ model: 'fake', data: { path: 'rows.jsonl' }, output_dir: 'run', train: { batch_size: 4, ...train } });
  return config.train;
}

export interface JobOptions {
  output: string;
  train?: Partial<FettleConfig['train']>;
  native?: NativeModel;
  rows?: KnownRow[];
  validation?: KnownRow[];
  resume?: boolean;
  signal?: AbortSignal;
  micro_batch_tokens?: number;
}

export async function fakeJob(options: JobOptions): Promise<TrainingJob> {
  const native = options.native ?? new FakeNative();
  native.addLora({ r: 2, lora_alpha: 4, lora_dropout: 0, use_rslora: false, target_modules: ['q_proj'], seed: 42 });
  const folder = new RunFolder(options.output);
  await folder.create();
  await folder.removeLeftovers();
  return {
    native,
    settings: trainSettings({ learning_rate: 0.05, ...options.train }),
    train: options.rows ?? countingRows(18),
    validation: options.validation ?? countingRows(5, 3),
    folder,
    result: plainResult,
    micro_batch_tokens: options.micro_batch_tokens ?? 24,
    activation_checkpointing: 'none',
    starts_trained: false,
    began: '2026-01-31T23:59:00.000Z',
    identity: { train_hash: 't', validation_hash: 'v', model_hash: 'm' },
    resume: options.resume ? await latestCheckpoint(folder) : null,
    signal: options.signal,
  };
}

export async function collect(events: AsyncIterable<RunEvent>, onEvent: (event: RunEvent) => void = () => {}): Promise<RunEvent[]> {
  const all: RunEvent[] = [];
  for await (const event of events) {
    all.push(event);
    onEvent(event);
  }
  return all;
}

export async function runFake(options: JobOptions, onEvent?: (event: RunEvent) => void): Promise<RunEvent[]> {
  return collect(runTraining(await fakeJob(options)), onEvent);
}
