import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { evaluateRows } from '../../src/eval/evaluate-rows.ts';
import type { EvalEvent, RunEvent, StepEvent } from '../../src/train/events.ts';
import { loadParameters } from '../../src/train/trainable-file.ts';
import { countingRows, plainResult, runFake } from './fake-job.ts';
import { FakeNative } from './fake-native.ts';
import { temporaryFolder } from './temporary-folder.ts';

const steps = (events: RunEvent[]) => events.filter((event): event is StepEvent => event.type === 'step');
const evals = (events: RunEvent[]) => events.filter((event): event is EvalEvent => event.type === 'eval');
const adapter = (output: string) => join(output, 'adapter', 'adapter_model.safetensors');
const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const metricsLines = (output: string) =>
  readFileSync(join(output, 'metrics.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, number>);

test('evaluates before step 1, trains, saves and ends', async () => {
  const output = temporaryFolder();
  const events = await runFake({ output });
  expect(events[0]).toMatchObject({ type: 'eval', step: 0, best: false });
  expect(evals(events).map(({ step }) => step)).toEqual([0, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 14, 15]);
  expect(events.at(-1)).toMatchObject({ type: 'done', reason: 'epochs', step: 15, already_finished: false });
  expect(steps(events).map(({ step }) => step)).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
  const losses = evals(events).map(({ eval_loss }) => eval_loss);
  expect(losses.at(-1)!).toBeLessThan(losses[0]! - 0.1);
  expect(existsSync(adapter(output))).toBe(true);
  expect(readdirSync(join(output, 'checkpoints')).sort()).toEqual(['step-10', 'step-15']);
});

test('metrics.jsonl holds the keys of the contract, one line a step and an evaluation', async () => {
  const output = temporaryFolder();
  const events = await runFake({ output, train: { max_steps: 3 } });
  const lines = metricsLines(output);
  expect(Object.keys(lines.find((line) => 'loss' in line)!)).toEqual([
    'step',
    'epoch',
    'loss',
    'grad_norm',
    'learning_rate',
    'tokens',
    'supervised_tokens',
    'seconds',
  ]);
  expect(lines[0]).toMatchObject({ step: 0, epoch: 0, eval_loss: evals(events)[0]!.eval_loss });
  expect(lines.filter((line) => 'loss' in line).map((line) => line.step)).toEqual([1, 2, 3]);
  expect(steps(events)[0]!.tokens).toBeGreaterThan(steps(events)[0]!.supervised_tokens);
});

test('trainer_state.json has the keys that transformers reads', async () => {
  const output = temporaryFolder();
  await runFake({ output, train: { max_steps: 3 } });
  const state = JSON.parse(readFileSync(join(output, 'trainer_state.json'), 'utf8')) as Record<string, unknown>;
  expect(Object.keys(state)).toEqual([
    'best_global_step',
    'best_metric',
    'best_model_checkpoint',
    'epoch',
    'eval_steps',
    'global_step',
    'is_hyper_param_search',
    'is_local_process_zero',
    'is_world_process_zero',
    'log_history',
    'logging_steps',
    'max_steps',
    'num_input_tokens_seen',
    'num_train_epochs',
    'save_steps',
    'stateful_callbacks',
    'total_flos',
    'train_batch_size',
    'trial_name',
    'trial_params',
  ]);
  expect(state).toMatchObject({ global_step: 3, max_steps: 3, train_batch_size: 4 });
});

test('the loss does not depend on the micro-batches', async () => {
  const runs = [];
  for (const micro_batch_tokens of [1, 24, 1000]) {
    const output = temporaryFolder();
    runs.push(await runFake({ output, micro_batch_tokens, train: { max_steps: 6 } }));
  }
  for (const run of runs.slice(1)) {
    for (const [i, step] of steps(run).entries()) expect(step.loss).toBeCloseTo(steps(runs[0]!)[i]!.loss, 6);
    expect(evals(run).at(-1)!.eval_loss).toBeCloseTo(evals(runs[0]!).at(-1)!.eval_loss, 6);
  }
});

test('early stopping ends the run and the best state is the result', async () => {
  const output = temporaryFolder();
  const validation = countingRows(5, 3).map((row) => ({ ...row, labels: row.labels.map((id) => (id === -100 ? id : (id * 7) % 16)) }));
  const train = { epochs: 50, learning_rate: 0.2, eval_steps: 1, early_stopping: { patience: 3, min_delta: 0 } };
  const events = await runFake({ output, validation, train });
  const losses = evals(events);
  const lowest = losses.slice(1).toSorted((a, b) => a.eval_loss - b.eval_loss)[0]!;
  expect(events.at(-1)).toMatchObject({ type: 'done', reason: 'early_stopping', best_step: lowest.step, best_eval_loss: lowest.eval_loss });
  expect(losses.length).toBeLessThan(20);

  const native = new FakeNative();
  native.addLora({ r: 2, lora_alpha: 4, lora_dropout: 0, use_rslora: false, target_modules: ['q_proj'], seed: 1 });
  await loadParameters(native, adapter(output), plainResult.nameInFile);
  expect((await evaluateRows(native, validation, { micro_batch_tokens: 100 }))?.loss).toBeCloseTo(lowest.eval_loss, 9);
});

test('a run that only made things worse says so', async () => {
  const output = temporaryFolder();
  const validation = countingRows(5, 3).map((row) => ({ ...row, labels: row.labels.map((id) => (id === -100 ? id : (id * 7) % 16)) }));
  const events = await runFake({ output, validation, train: { learning_rate: 5, max_steps: 4, warmup_ratio: 0 } });
  expect(events).toContainEqual(expect.objectContaining({ type: 'note', severity: 'warning', code: 'worse-than-base' }));
});

test('without validation rows the last state is the result', async () => {
  const output = temporaryFolder();
  const events = await runFake({ output, validation: [], train: { max_steps: 3 } });
  expect(evals(events)).toEqual([]);
  expect(events.at(-1)).toMatchObject({ type: 'done', best_step: null, best_eval_loss: null });
  expect(hash(adapter(output))).toBe(hash(join(output, 'checkpoints', 'step-3', 'adapter_model.safetensors')));
});

test('a non-finite loss stops the run, names step, row and tensor, and keeps the last checkpoint', async () => {
  const output = temporaryFolder();
  const native = new FakeNative();
  const rows = countingRows(8);
  rows[5] = { ...rows[5]!, input_ids: [15, ...rows[5]!.input_ids.slice(1)] };
  const run = runFake({ output, native, rows, validation: [], train: { save_steps: 2, epochs: 9 } }, (event) => {
    if (event.type === 'checkpoint') native.poison = 15;
  });
  await expect(run).rejects.toMatchObject({
    code: 'FETTLE_NON_FINITE',
    message: expect.stringMatching(/step 3.*loss NaN|step 4.*loss NaN/),
    problems: [{ file: 'rows.jsonl', line: 6, field: 'model.layers.0.self_attn.q_proj.output' }],
  });
  expect(readdirSync(join(output, 'checkpoints'))).toEqual(['step-2']);
});
