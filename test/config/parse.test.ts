import { describe, expect, test } from 'vitest';
import { parseConfigText } from '../../src/config/load.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { FettleError } from '../../src/errors.ts';

function failure(run: () => unknown): FettleError {
  try {
    run();
  } catch (error) {
    if (error instanceof FettleError) return error;
    throw error;
  }
  throw new Error('expected a FettleError');
}

const small = { model: 'm', data: { path: 'd.jsonl' }, output_dir: 'o' };

test('fills in every default of the contract', () => {
  expect(parseConfig(small)).toEqual({
    model: 'm',
    device: 'auto',
    quantization: 'nf4',
    compute_dtype: 'bf16',
    method: {
      type: 'lora',
      r: 16,
      lora_alpha: 32,
      lora_dropout: 0,
      target_modules: 'all-linear',
      use_rslora: false,
      use_dora: false,
      init_adapter: null,
    },
    data: {
      path: 'd.jsonl',
      format: 'auto',
      split: { train: 0.8, validation: 0.1, test: 0.1, seed: 42, stratify_by: null, group_by: null },
      train_on: 'completion',
      max_length: 1024,
      long_examples: 'error',
    },
    train: {
      epochs: 3,
      max_steps: null,
      batch_size: 16,
      micro_batch_tokens: 'auto',
      learning_rate: 2e-4,
      lr_scheduler: 'cosine',
      warmup_ratio: 0.03,
      weight_decay: 0,
      max_grad_norm: 1,
      optimizer: 'adamw',
      adam_betas: [0.9, 0.999],
      adam_epsilon: 1e-8,
      seed: 42,
      shuffle: true,
      eval_steps: null,
      early_stopping: { patience: 4, min_delta: 0 },
      save_steps: null,
      save_total_limit: 2,
      activation_checkpointing: 'auto',
    },
    output_dir: 'o',
  });
});

test('lists every problem, with line, field and hint', () => {
  const text = [
    'model: ""', // 1
    'quantisation: nf4', // 2
    'method:', // 3
    '  lora_rank: 8', // 4
    'data:', // 5
    '  path: d.jsonl', // 6
    '  train_on: completions', // 7
    'train:', // 8
    '  epoch: 3', // 9
    '  adam_betas:', // 10
    '    - 0.9', // 11
    '    - 2', // 12
    '  optimizer: sgd', // 13
  ].join('\n');
  const { code, problems } = failure(() => parseConfigText(text, 'f.yaml'));
  expect(code).toBe('FETTLE_CONFIG');
  const found = problems.map(({ file, line, field, hint }) => [file, line, field, hint]);
  expect(found).toEqual([
    ['f.yaml', undefined, 'output_dir', undefined],
    ['f.yaml', 1, 'model', undefined],
    ['f.yaml', 2, 'quantisation', 'did you mean quantization?'],
    ['f.yaml', 4, 'method.lora_rank', expect.stringContaining('known here: type, r, lora_alpha')],
    ['f.yaml', 7, 'data.train_on', 'did you mean completion?'],
    ['f.yaml', 9, 'train.epoch', 'did you mean train.epochs?'],
    ['f.yaml', 12, 'train.adam_betas.1', undefined],
    ['f.yaml', 13, 'train.optimizer', undefined],
  ]);
});

describe('near keys', () => {
  test.each([
    ['learning_rate', [], 'did you mean train.learning_rate?'],
    ['lr', ['train'], 'did you mean train.learning_rate?'],
    ['paht', ['data'], 'did you mean data.path?'],
    ['num_train_epochs', ['train'], 'did you mean train.epochs?'],
    ['Max-Length', ['data'], 'did you mean data.max_length?'],
    ['patiense', ['train', 'early_stopping'], 'did you mean train.early_stopping.patience?'],
  ])('%s', (key, path, hint) => {
    const input: Record<string, unknown> = structuredClone(small);
    const section = path.reduce((at, name) => {
      at[name] ??= {};
      return at[name] as Record<string, unknown>;
    }, input);
    section[key] = 1;
    expect(failure(() => parseConfig(input)).problems).toMatchObject([{ message: 'unknown key', hint }]);
  });
});

test.each([
  [{ method: { type: 'prompt' } }, 'method.type'],
  [{ method: { type: 'prefix' } }, 'method.type'],
  [{ method: { use_dora: true } }, 'method.use_dora'],
])('%j is not built yet', (change, field) => {
  const error = failure(() => parseConfig({ ...small, ...change }));
  expect(error.code).toBe('FETTLE_NOT_YET');
  expect(error.exitCode).toBe(2);
  expect(error.problems.map((p) => p.field)).toEqual([field]);
});

test.each([
  [{ data: {} }, ['data']],
  [{ data: { train: 't' } }, ['data.validation']],
  [{ data: { path: 'p', train: 't', test: 'x' } }, ['data.train', 'data.test']],
  [{ data: { path: 'p', split: { train: 0.5 } } }, ['data.split']],
  [{ data: { path: 'p', split: { train: 0, validation: 0.9 } } }, ['data.split.train']],
  [{ method: { type: 'full' } }, ['quantization']],
  [{ device: 'gpu' }, ['device']],
  [{ train: null }, ['train']],
  [{ train: { early_stopping: { patience: 0 } } }, ['train.early_stopping.patience']],
  [{ train: { max_grad_norm: 0 } }, ['train.max_grad_norm']],
  [{ train: { batch_size: 1.5 } }, ['train.batch_size']],
  [{ method: { target_modules: [] } }, ['method.target_modules']],
  [{ method: { target_modules: 'q_proj' } }, ['method.target_modules']],
])('%j is refused', (change, fields) => {
  const error = failure(() => parseConfig({ ...small, ...change }));
  expect(error.code).toBe('FETTLE_CONFIG');
  expect(error.problems.map((p) => p.field)).toEqual(fields);
});

test.each([
  { data: { train: 't', validation: 'v' } },
  { data: { train: 't', validation: 'v', test: 'x', split: { train: 0.5 } } },
  { method: { type: 'full' }, quantization: 'none' },
  { train: { early_stopping: null, max_grad_norm: null, micro_batch_tokens: 4096 } },
  { method: { target_modules: ['q_proj', 'v_proj'] } },
  { device: 'cpu' },
])('%j is accepted', (change) => {
  expect(() => parseConfig({ ...small, ...change })).not.toThrow();
});

test.each([[undefined], [null], ['text'], [[1, 2]], [42]])('%j is no config', (input) => {
  expect(failure(() => parseConfig(input)).code).toBe('FETTLE_CONFIG');
});
