/** The schema of `fettle.yaml`: every key, its default, what it accepts. Everything else about the config is derived from here. */
import { z } from 'zod';

/** What a field accepts, in words; error messages read "expected <this>, found ...". */
export const expectations = z.registry<{ expected: string }>();

function field<T extends z.ZodType>(schema: T, expected: string, description: string): T {
  const described = schema.describe(description);
  expectations.add(described, { expected });
  return described;
}

/** One of a few words. */
function choice<const T extends readonly [string, ...string[]]>(values: T, description: string) {
  return field(z.enum(values), values.join(' | '), description);
}

const text = (expected: string, description: string) => field(z.string().trim().min(1), expected, description);
const count = (description: string) => field(z.int().min(1), 'a whole number, 1 or more', description);
const fraction = (description: string) => field(z.number().min(0).max(1), 'a number from 0 to 1', description);
const positive = (description: string) => field(z.number().gt(0), 'a number above 0', description);
const notNegative = (description: string) => field(z.number().min(0), 'a number, 0 or more', description);
const flag = (description: string) => field(z.boolean(), 'true | false', description);
const seed = (description: string) => field(z.int().min(0), 'a whole number, 0 or more', description);
const filePath = (description: string) => text('the path of a file', description);

const countOrNull = (description: string) => field(z.int().min(1).nullable(), 'a whole number, 1 or more, or null', description);

const method = z.strictObject({
  type: choice(['lora', 'full', 'prompt', 'prefix'], 'What is trained.').default('lora'),
  r: count('Rank of the LoRA matrices.').default(16),
  lora_alpha: positive('LoRA scale: the update is multiplied by lora_alpha / r, with use_rslora by lora_alpha / sqrt(r).').default(32),
  lora_dropout: field(z.number().min(0).lt(1), 'a number from 0 to below 1', 'Dropout on the input of the LoRA matrices.').default(0),
  target_modules: field(
    z.union([z.literal('all-linear'), z.array(z.string().trim().min(1)).min(1)]),
    'all-linear, or a list of module names such as [q_proj, v_proj]',
    'The linear layers that get an adapter.',
  ).default('all-linear'),
  use_rslora: flag('Scale by lora_alpha / sqrt(r).').default(false),
  use_dora: flag('Weight-decomposed LoRA.').default(false),
  init_adapter: field(
    z.string().trim().min(1).nullable(),
    'the folder of a PEFT adapter, or null',
    'Start from an existing PEFT adapter.',
  ).default(null),
});

const columnOrNull = (description: string) =>
  field(z.string().trim().min(1).nullable(), 'the name of a field of the rows, or null', description);

const split = z.strictObject({
  train: fraction('Share of the rows to train on.').default(0.8),
  validation: fraction('Share of the rows whose loss is watched.').default(0.1),
  test: fraction('Share of the rows sealed for the final exam.').default(0.1),
  seed: seed('Seed of the split.').default(42),
  stratify_by: columnOrNull('Each part gets the same mix of this field.').default(null),
  group_by: columnOrNull('Rows that share this field stay in one part.').default(null),
});

const data = z.strictObject({
  path: filePath('One file, split below.').optional(),
  train: filePath('The rows to train on.').optional(),
  validation: filePath('The rows whose loss is watched.').optional(),
  test: filePath('The rows held back for the final exam.').optional(),
  format: choice(['auto', 'alpaca', 'messages', 'sharegpt', 'prompt-completion', 'text', 'tokens'], 'The shape of the rows.').default(
    'auto',
  ),
  split: split.describe('How `path` is split; the three shares add up to 1.').prefault({}),
  train_on: choice(['completion', 'all'], 'Which tokens the loss counts.').default('completion'),
  max_length: field(z.int().min(2), 'a whole number, 2 or more', 'Longest example, in tokens; the limit of the model also counts.').default(
    1024,
  ),
  long_examples: choice(['error', 'drop', 'truncate'], 'What happens to a longer example.').default('error'),
});

const earlyStopping = z.strictObject({
  patience: count('Evaluations without a lower validation loss before the run stops.').default(4),
  min_delta: notNegative('How much lower counts as lower.').default(0),
});

const beta = field(z.number().min(0).lt(1), 'a number from 0 to below 1', 'Decay rate of a moment.');

const train = z.strictObject({
  epochs: positive('Passes over the training rows.').default(3),
  max_steps: countOrNull('Stop after this many optimizer steps.').default(null),
  batch_size: count('Examples per optimizer step.').default(16),
  micro_batch_tokens: field(
    z.union([z.literal('auto'), z.int().min(1)]),
    'auto, or a whole number, 1 or more',
    'Tokens per pass through the model; an optimizer step adds up as many passes as it needs.',
  ).default('auto'),
  learning_rate: positive('Peak learning rate.').default(2e-4),
  lr_scheduler: choice(['constant', 'linear', 'cosine'], 'How the learning rate moves after warm-up.').default('cosine'),
  warmup_ratio: fraction('Share of the steps over which the learning rate rises from 0.').default(0.03),
  weight_decay: notNegative('Decoupled weight decay.').default(0),
  max_grad_norm: field(
    z.number().gt(0).nullable(),
    'a number above 0, or null',
    'Clip the global gradient norm to this; null: no clipping.',
  ).default(1),
  optimizer: choice(['adamw', 'adamw_8bit', 'paged_adamw_8bit'], 'The optimizer.').default('adamw'),
  adam_betas: field(z.tuple([beta, beta]), 'two numbers from 0 to below 1', 'Decay rates of the two moments.').default([0.9, 0.999]),
  adam_epsilon: positive('Added to the denominator.').default(1e-8),
  seed: seed('Seed of initial adapter values, shuffling and dropout.').default(42),
  shuffle: flag('Shuffle the rows anew in each epoch.').default(true),
  eval_steps: countOrNull('Evaluate every so many steps; null: four times an epoch.').default(null),
  early_stopping: field(
    earlyStopping.nullable(),
    'patience and min_delta, or null',
    'Stop when validation loss stops falling; null: off.',
  ).prefault({}),
  save_steps: countOrNull('Save a checkpoint every so many steps; null: once an epoch.').default(null),
  save_total_limit: count('Checkpoints kept.').default(2),
  activation_checkpointing: choice(['auto', 'none', 'selective', 'full'], 'What the forward pass keeps for the backward pass.').default(
    'auto',
  ),
});

export const configSchema = z.strictObject({
  model: text('a hub id, a model folder or a .gguf file', 'Hub id, folder (config.json and *.safetensors) or .gguf file.'),
  device: field(z.string().regex(/^(auto|cpu|cuda|cuda:\d+|simt)$/), 'auto | cpu | cuda | cuda:N | simt', 'Where to run.').default('auto'),
  quantization: choice(['nf4', 'none'], 'How the base weights are kept in memory.').default('nf4'),
  compute_dtype: choice(['bf16', 'f32'], 'The type that matrix products run in.').default('bf16'),
  method: method.describe('What is trained and how.').prefault({}),
  data: data.describe('The examples: `path`, or `train` with `validation`.'),
  train: train.describe('The training loop.').prefault({}),
  output_dir: text('the path of a folder', 'The run folder.'),
});

/** A config with every default filled in. */
export type FettleConfig = z.output<typeof configSchema>;
/** A config as a person writes it: only `model`, `data` and `output_dir` are required. */
export type FettleConfigInput = z.input<typeof configSchema>;
export type DataFormat = FettleConfig['data']['format'];
