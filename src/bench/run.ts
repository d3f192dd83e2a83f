/** A real run, as `fettle train` makes it: how long it takes to begin, and how fast it goes through real rows. In a process of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfigFile } from '../config/load.ts';
import type { FettleConfigInput } from '../config/schema.ts';
import { finetune } from '../train/finetune.ts';

export interface RunJob {
  kind: 'run';
  /** The config, read with these settings changed (`key=value`). */
  config: string;
  set: string[];
  /** Optimizer steps; null: one epoch. */
  steps: number | null;
}

export interface RunResult {
  /** From the start of the process to the moment when the first step begins. */
  start_seconds: number;
  /** Of each step. */
  steps: { seconds: number; tokens: number; supervised_tokens: number }[];
  /** Most bytes that the process held. */
  peak_memory: number;
  /** What the plan said beforehand. */
  predicted_memory: number;
}

/** Its output goes into a temporary folder, which is removed. */
export async function measureRun({ config, set, steps }: RunJob): Promise<RunResult> {
  const { input } = await readConfigFile(config, set);
  const folder = mkdtempSync(join(tmpdir(), 'fettle-bench-'));
  const result: RunResult = { start_seconds: 0, steps: [], peak_memory: 0, predicted_memory: 0 };
  const length = steps === null ? { epochs: 1 } : { max_steps: steps };
  const timed: FettleConfigInput = { ...input, train: { ...input.train, ...length }, output_dir: join(folder, 'run') };
  try {
    for await (const event of finetune(timed, { config_file: config })) {
      if (event.type === 'start') result.predicted_memory = event.memory.total;
      if (event.type === 'done') result.peak_memory = event.peak_memory ?? 0;
      if (event.type !== 'step') continue;
      if (event.step === 1) result.start_seconds = performance.now() / 1000 - event.seconds;
      const { seconds, tokens, supervised_tokens } = event;
      result.steps.push({ seconds, tokens, supervised_tokens });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return result;
}
