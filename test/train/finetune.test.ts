import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FettleConfigInput } from '../../src/config/schema.ts';
import { compare, evaluate, type FettleError, finetune, loadModel, openModel, type RunEvent } from '../../src/index.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import { collect } from './fake-job.ts';
import { adapterFile, familyFolder, sha256, smallConfig, tokensRows, writeRows } from './small-run.ts';
import { temporaryFolder } from './temporary-folder.ts';

const last = (events: RunEvent[]) => events.at(-1)!;
const run = (config: FettleConfigInput, options?: Parameters<typeof finetune>[1]) => collect(finetune(config, options));

async function failure(config: FettleConfigInput, options?: Parameters<typeof finetune>[1]): Promise<FettleError> {
  return run(config, options).then(
    (events) => {
      throw new Error(`expected an error, got ${last(events).type}`);
    },
    (error: FettleError) => error,
  );
}

test('trains an adapter whose loss, loaded again, is the best that the run saw', async () => {
  const folder = temporaryFolder();
  const config = smallConfig(folder);
  const events = await run(config);
  const [start, ...notes] = events.slice(0, 3);
  expect([start!.type, ...notes.map((one) => one.type === 'note' && one.message)]).toEqual([
    'start',
    'training: 50 rows kept (0 of them cut), 0 dropped, 0 supervised tokens lost',
    'validation: 7 rows kept (0 of them cut), 0 dropped, 0 supervised tokens lost',
  ]);
  expect(events[3]!.type).toBe('eval');
  const done = last(events);
  if (done.type !== 'done') throw new Error(`ended with ${done.type}`);
  expect(readdirSync(join(folder, 'run')).sort()).toEqual([
    'adapter',
    'checkpoints',
    'config.yaml',
    'ledger.jsonl',
    'metrics.jsonl',
    'splits.json',
    'trainer_state.json',
  ]);

  using model = await loadModel(familyFolder('smollm2'), { quantization: 'none', compute_dtype: 'f32' });
  const validation = join(folder, 'validation.jsonl');
  const before = await evaluate(model, { data: validation });
  const after = await evaluate(model, { data: validation, adapter: done.path });
  expect(before.loss).toBeCloseTo((events[3] as { eval_loss: number }).eval_loss, 6);
  expect(after.loss).toBeCloseTo(done.best_eval_loss!, 6);
  expect(after.loss).toBeLessThan(before.loss - 0.5);
  expect((await evaluate(model, { data: validation })).loss, 'the adapter is off again').toBe(before.loss);
  expect(after.warnings).toEqual([]);
});

test('one seed gives the same bits, with 1 thread and with 2', async () => {
  const hashes = [];
  for (const threads of [1, 2, 2]) {
    nativeAddon().setThreads(threads);
    const folder = temporaryFolder();
    await run({ ...smallConfig(folder, { method: { lora_dropout: 0.1 } }), compute_dtype: 'bf16', quantization: 'nf4' });
    hashes.push(sha256(adapterFile(folder)));
  }
  expect(new Set(hashes).size).toBe(1);
});

test('another seed gives other bits', async () => {
  const [a, b] = [temporaryFolder(), temporaryFolder()];
  await run(smallConfig(a));
  await run(smallConfig(b, { train: { seed: 43 } }));
  expect(sha256(adapterFile(a))).not.toBe(sha256(adapterFile(b)));
});

test('a folder that holds a run is an error, and stays as it was', async () => {
  const folder = temporaryFolder();
  await run(smallConfig(folder, { train: { max_steps: 2 } }));
  const before = sha256(join(folder, 'run', 'metrics.jsonl'));
  expect(await failure(smallConfig(folder))).toMatchObject({ code: 'FETTLE_OUTPUT_EXISTS', exitCode: 2 });
  expect(sha256(join(folder, 'run', 'metrics.jsonl'))).toBe(before);
});

test('resuming a finished run says so and changes nothing', async () => {
  const folder = temporaryFolder();
  await run(smallConfig(folder, { train: { max_steps: 3 } }));
  const before = sha256(adapterFile(folder));
  const events = await run(smallConfig(folder, { train: { max_steps: 3 } }), { resume: true });
  expect(events.map(({ type }) => type)).toEqual(['note', 'done']);
  expect(last(events)).toMatchObject({ already_finished: true, step: 3, reason: 'max_steps' });
  expect(sha256(adapterFile(folder))).toBe(before);
});

test('resuming with a changed setting is an error that names every key; the length may change', async () => {
  const folder = temporaryFolder();
  await run(smallConfig(folder, { train: { max_steps: 3 } }));
  const error = await failure(smallConfig(folder, { train: { max_steps: 3, learning_rate: 1e-3, seed: 1 } }), { resume: true });
  expect(error).toMatchObject({ code: 'FETTLE_RESUME', exitCode: 2, message: expect.stringContaining('train.learning_rate') });
  expect(error.problems.map(({ field }) => field)).toEqual(['train.learning_rate', 'train.seed']);
  const more = await run(smallConfig(folder, { train: { max_steps: 5, save_steps: 1, save_total_limit: 1 } }), { resume: true });
  expect(last(more)).toMatchObject({ type: 'done', step: 5 });
  expect(readdirSync(join(folder, 'run', 'checkpoints'))).toEqual(['step-5']);
});

test('a lengthened run that dies before its first new checkpoint is not taken for finished', async () => {
  const folder = temporaryFolder();
  await run(smallConfig(folder, { train: { max_steps: 3 } }));
  const longer = smallConfig(folder, { train: { max_steps: 5 } });
  for await (const event of finetune(longer, { resume: true })) if (event.type === 'step') break;
  expect(last(await run(longer, { resume: true }))).toMatchObject({ type: 'done', already_finished: false, step: 5 });
});

test('resuming after the rows changed is an error', async () => {
  const folder = temporaryFolder();
  const config = smallConfig(folder, { train: { max_steps: 3 } });
  await run(config);
  writeRows(join(folder, 'train.jsonl'), tokensRows(51));
  expect(await failure({ ...config, train: { ...config.train, max_steps: 9 } }, { resume: true })).toMatchObject({
    code: 'FETTLE_RESUME',
    problems: [{ field: 'data' }],
  });
});

test('resuming where there is no checkpoint, or no run, starts from the beginning', async () => {
  const folder = temporaryFolder();
  const config = smallConfig(folder, { train: { max_steps: 3 } });
  await run(config);
  const whole = sha256(adapterFile(folder));
  await rm(join(folder, 'run', 'checkpoints'), { recursive: true });
  const events = await run(config, { resume: true });
  expect(events[0]).toMatchObject({ type: 'start', resumed_from: null });
  expect(sha256(adapterFile(folder))).toBe(whole);
  expect(
    readFileSync(join(folder, 'run', 'metrics.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .filter((line) => line.includes('"loss"')),
  ).toHaveLength(3);
  await rm(join(folder, 'run'), { recursive: true });
  expect(last(await run(config, { resume: true }))).toMatchObject({ type: 'done', step: 3 });
});

test.each<[string, (config: FettleConfigInput, folder: string) => FettleConfigInput, string]>([
  ['an unknown linear', (config) => ({ ...config, method: { target_modules: ['q_proj', 'c_attn'] } }), 'FETTLE_CONFIG'],
  ['a missing data file', (config) => ({ ...config, data: { ...config.data, train: 'nowhere.jsonl' } }), 'FETTLE_FILE_NOT_FOUND'],
  ['a missing model', (config) => ({ ...config, model: './no-model-here' }), 'FETTLE_MODEL_NOT_FOUND'],
  ['a missing adapter', (config) => ({ ...config, method: { init_adapter: 'nowhere' } }), 'FETTLE_FILE_NOT_FOUND'],
  [
    'tokens of another model',
    (config, folder) => {
      writeRows(join(folder, 'train.jsonl'), [
        { input_ids: [1, 2, 99999], labels: [1, 2, 99999] },
        { input_ids: [1, 88888], labels: [1, 88888] },
      ]);
      return config;
    },
    'FETTLE_DATA',
  ],
  ['a row that is too long', (config) => ({ ...config, data: { ...config.data, max_length: 8 } }), 'FETTLE_DATA'],
  [
    'rows of the test set',
    (config, folder) => ({ ...config, data: { ...config.data, test: join(folder, 'train.jsonl') } }),
    'FETTLE_SEALED',
  ],
])('%s is an error before anything is written', async (_, change, code) => {
  const folder = temporaryFolder();
  const error = await failure(change(smallConfig(folder), folder));
  expect(error.code).toBe(code);
  expect(existsSync(join(folder, 'run'))).toBe(false);
});

test('bad rows of both files are told at once', async () => {
  const folder = temporaryFolder();
  const config = smallConfig(folder);
  const error = await failure({ ...config, data: { ...config.data, max_length: 8 } });
  expect(new Set(error.problems.map(({ file }) => file?.split('/').at(-1)))).toEqual(new Set(['train.jsonl', 'validation.jsonl']));
});

test('rows that are in training and validation are a warning', async () => {
  const folder = temporaryFolder();
  const config = smallConfig(folder, { train: { max_steps: 1 } });
  const events = await run({ ...config, data: { ...config.data, validation: config.data.train! } });
  expect(events).toContainEqual(expect.objectContaining({ type: 'note', severity: 'warning', code: 'overlap' }));
});

test('a signal before the loop stops the run with nothing written', async () => {
  const folder = temporaryFolder();
  const events = await run(smallConfig(folder), { signal: AbortSignal.abort() });
  expect(events).toEqual([{ type: 'stopped', step: 0, checkpoint: null }]);
  expect(existsSync(join(folder, 'run'))).toBe(false);
});

test('a signal in the loop saves a checkpoint, and the resumed run ends in the same bits', async () => {
  const [whole, cut] = [temporaryFolder(), temporaryFolder()];
  await run(smallConfig(whole));
  const controller = new AbortController();
  const events = await collect(finetune(smallConfig(cut), { signal: controller.signal }), (event) => {
    if (event.type === 'step' && event.step === 5) controller.abort();
  });
  expect(last(events)).toMatchObject({ type: 'stopped', step: 5 });
  await run(smallConfig(cut), { resume: true });
  expect(sha256(adapterFile(cut))).toBe(sha256(adapterFile(whole)));
});

test('init_adapter continues an adapter; what is given beside it must agree', async () => {
  const first = temporaryFolder();
  await run(smallConfig(first));
  const init_adapter = join(first, 'run', 'adapter');
  const second = temporaryFolder();
  const config = { ...smallConfig(second), method: { init_adapter } };
  const events = await run(config);
  const start = events.find((event) => event.type === 'eval')!;
  const before = JSON.parse(readFileSync(join(first, 'run', 'trainer_state.json'), 'utf8')) as { best_metric: number };
  expect(start).toMatchObject({ step: 0, best: true });
  expect((start as { eval_loss: number }).eval_loss).toBeCloseTo(before.best_metric, 6);
  const error = await failure({ ...config, method: { init_adapter, r: 16 }, output_dir: join(second, 'other') });
  expect(error).toMatchObject({ code: 'FETTLE_CONFIG', problems: [{ field: 'method.r' }] });
});

test('a learning rate that blows up stops the run as failed; the last good checkpoint stays', async () => {
  const folder = temporaryFolder();
  const error = await failure(
    smallConfig(folder, { train: { learning_rate: 1e30, warmup_ratio: 0.2, save_steps: 1, max_grad_norm: null } }),
  );
  expect(error).toMatchObject({ code: 'FETTLE_NON_FINITE', exitCode: 1, message: expect.stringMatching(/step \d+/) });
  expect(error.problems[0]).toMatchObject({
    file: expect.stringContaining('.jsonl'),
    line: expect.any(Number),
    field: expect.stringMatching(/\w/),
  });
  expect(readdirSync(join(folder, 'run', 'checkpoints')).length).toBeGreaterThan(0);
});

test('full fine-tuning gives a folder that loads as a model', async () => {
  const folder = temporaryFolder();
  const config = { ...smallConfig(folder, { family: 'gemma2', train: { learning_rate: 1e-3 } }), method: { type: 'full' as const } };
  const done = last(await run(config));
  if (done.type !== 'done') throw new Error(`ended with ${done.type}`);
  expect(done.path).toBe(join(folder, 'run', 'model'));
  const text = readFileSync(join(done.path, 'config.json'), 'utf8');
  expect(text, 'a float without a fraction stays a float: transformers checks').toContain('"final_logit_softcapping": 6.0');
  expect((await openModel(done.path)).family).toBe((await openModel(config.model)).family);
  using tuned = await loadModel(done.path, { quantization: 'none', compute_dtype: 'f32' });
  expect((await evaluate(tuned, { data: join(folder, 'validation.jsonl') })).loss).toBeCloseTo(done.best_eval_loss!, 6);
});

test('an adapter on another precision than it was trained on is a warning', async () => {
  const folder = temporaryFolder();
  await run(smallConfig(folder, { train: { max_steps: 2 } }));
  using model = await loadModel(familyFolder('smollm2'), { quantization: 'nf4', compute_dtype: 'f32' });
  const { warnings } = await evaluate(model, { data: join(folder, 'validation.jsonl'), adapter: join(folder, 'run', 'adapter') });
  expect(warnings).toEqual([expect.stringContaining('quantization none')]);
});

test('without a tokenizer, text asks for one', async () => {
  using model = await loadModel(familyFolder('smollm2'), { quantization: 'none', compute_dtype: 'f32' });
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a.jsonl'), '{"text":"hello"}\n');
  await expect(evaluate(model, { data: join(folder, 'a.jsonl') })).rejects.toMatchObject({ code: 'FETTLE_TOKENIZER' });
  await expect(compare(model, { adapter: 'x', prompts: ['hello'] }).next()).rejects.toMatchObject({ code: 'FETTLE_TOKENIZER' });
});

test('a run that cannot fit FETTLE_MEMORY is refused before anything is loaded or written, with ranked advice', async () => {
  const folder = temporaryFolder();
  process.env.FETTLE_MEMORY = '1M';
  try {
    const error = await failure(smallConfig(folder));
    expect(error).toMatchObject({ code: 'FETTLE_MEMORY', exitCode: 3 });
    expect(error.message).toMatch(/^expected at least \d+ MiB for this run, found 1 MiB \(FETTLE_MEMORY\)$/);
    expect(error.problems).toContainEqual({
      field: 'quantization',
      message: expect.stringMatching(/^nf4 needs \d+ MiB, not enough alone$/),
    });
  } finally {
    delete process.env.FETTLE_MEMORY;
  }
  expect(existsSync(join(folder, 'run'))).toBe(false);
});

test('FETTLE_PROFILE says where the steps spent their time, and changes no bit', async () => {
  const [plain, profiled] = [temporaryFolder(), temporaryFolder()];
  await run(smallConfig(plain));
  process.env.FETTLE_PROFILE = '1';
  const events = await run(smallConfig(profiled)).finally(() => delete process.env.FETTLE_PROFILE);
  expect(sha256(adapterFile(profiled))).toBe(sha256(adapterFile(plain)));
  const steps = events.filter(({ type }) => type === 'step');
  const profile = events.at(-2)!;
  if (profile.type !== 'profile') throw new Error(`${profile.type} came before the end`);
  expect(profile.steps).toBe(steps.length - 1);
  const inOps = profile.ops.reduce((sum, { seconds }) => sum + seconds, 0);
  expect(inOps).toBeGreaterThan(0);
  expect(inOps).toBeLessThan(profile.seconds);
  expect(
    profile.ops.find(({ op }) => op === 'adamw'),
    'once a step',
  ).toMatchObject({ calls: profile.steps });
});
