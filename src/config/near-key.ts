/** Suggests what a mistyped key or word was meant to be. */
import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { configSchema } from './schema.ts';
import { shapeAt } from './walk.ts';

/** Names that other trainers give to these settings. */
const otherNames: Readonly<Record<string, string>> = {
  base_model: 'model',
  model_name_or_path: 'model',
  load_in_4bit: 'quantization',
  bf16: 'compute_dtype',
  adapter: 'method.type',
  lora_r: 'method.r',
  rank: 'method.r',
  alpha: 'method.lora_alpha',
  dropout: 'method.lora_dropout',
  lora_target_modules: 'method.target_modules',
  dataset: 'data.path',
  datasets: 'data.path',
  max_seq_length: 'data.max_length',
  sequence_len: 'data.max_length',
  cutoff_len: 'data.max_length',
  lr: 'train.learning_rate',
  num_epochs: 'train.epochs',
  num_train_epochs: 'train.epochs',
  per_device_train_batch_size: 'train.batch_size',
  gradient_checkpointing: 'train.activation_checkpointing',
  lr_scheduler_type: 'train.lr_scheduler',
  warmup_steps: 'train.warmup_ratio',
  early_stopping_patience: 'train.early_stopping.patience',
};

/** The word of `words` that `word` was probably meant to be, or undefined. */
export function nearWord(word: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  const swapped = words.find((other) => letters(other) === letters(word));
  if (swapped !== undefined) return swapped;
  const near = closest(word, [...words]);
  return distance(word, near) <= Math.max(1, Math.floor(near.length * 0.4)) ? near : undefined;
}

/** Two letters typed in the wrong order count as two mistakes for the distance, too many for a short word. */
function letters(word: string): string {
  return [...word].sort().join('');
}

/** The full name of the key that `key`, found under `path`, was probably meant to be, or undefined. */
export function nearKey(key: string, path: readonly PropertyKey[]): string | undefined {
  const here = Object.keys(shapeAt(path) ?? {});
  const lower = key.toLowerCase().replaceAll('-', '_');
  const prefixed = (name: string) => [...path, name].join('.');
  const near = here.includes(lower) ? lower : nearWord(lower, here);
  const elsewhere = allKeys(configSchema, []).find((name) => name.split('.').at(-1) === lower);
  if (near === lower) return prefixed(near);
  return elsewhere ?? otherNames[lower] ?? (near === undefined ? undefined : prefixed(near));
}

function allKeys(schema: z.ZodType, path: readonly string[]): string[] {
  return Object.keys(shapeAt(path) ?? {}).flatMap((key) => [[...path, key].join('.'), ...allKeys(schema, [...path, key])]);
}
