/** A real run in a second: a tiny random model of the fixtures on rows of tokens. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FettleConfigInput } from '../../src/config/schema.ts';

export const familyFolder = (family: string) => fileURLToPath(new URL(`../fixtures/families/${family}`, import.meta.url));

export interface TokensRow {
  input_ids: number[];
  labels: number[];
}

/** Rows of counting sequences, which a model can learn; the first tokens are not trained. */
export function tokensRows(count: number, first = 0): TokensRow[] {
  return Array.from({ length: count }, (_, i) => {
    const input_ids = Array.from({ length: 6 + ((i * 7 + first) % 20) }, (_, t) => (first + i + 3 * t) % 90);
    return { input_ids, labels: input_ids.map((id, t) => (t < 3 ? -100 : id)) };
  });
}

export function writeRows(path: string, rows: readonly TokensRow[]): string {
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}

export interface SmallRun {
  train?: FettleConfigInput['train'];
  method?: FettleConfigInput['method'];
  family?: string;
}

/** Writes the rows into `folder` and gives a config that trains on them into `folder/run`. */
export function smallConfig(folder: string, { train, method, family = 'smollm2' }: SmallRun = {}): FettleConfigInput {
  mkdirSync(folder, { recursive: true });
  const data = {
    train: writeRows(join(folder, 'train.jsonl'), tokensRows(50)),
    validation: writeRows(join(folder, 'validation.jsonl'), tokensRows(7, 31)),
    max_length: 64,
  };
  return {
    model: familyFolder(family),
    quantization: 'none',
    compute_dtype: 'f32',
    method: { r: 4, lora_alpha: 8, ...method },
    data,
    train: { batch_size: 8, epochs: 2, learning_rate: 5e-3, micro_batch_tokens: 48, ...train },
    output_dir: join(folder, 'run'),
  };
}

export function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

export const adapterFile = (folder: string) => join(folder, 'run', 'adapter', 'adapter_model.safetensors');
