import { expect, test } from 'vitest';
import { doesNotFit, type EngineMemory, type MemoryNeeds } from '../../src/train/memory-advice.ts';

const MiB = 2 ** 20;
const lora = { r: 16, lora_alpha: 32, lora_dropout: 0, use_rslora: false, target_modules: ['q_proj'], seed: 1 };
/** 1000 MiB of weights, a quarter of it under nf4; training all of them takes eight times as much. */
const engine: EngineMemory =
  ({ quantization, optimizer, lora }) =>
  (tokens, mode) => ({
    weights: (quantization === 'nf4' ? 250 : 1000) * MiB,
    trainables: (lora === null ? 8000 * MiB : lora.r * MiB) * (optimizer === 'adamw' ? 1 : 0.75),
    activations: tokens * (mode === 'full' ? 0.1 : 1) * MiB,
  });
const needs: MemoryNeeds = {
  settings: { micro_batch_tokens: 'auto', activation_checkpointing: 'none' },
  longest_row: 1000,
  quantization: 'none',
  optimizer: 'adamw',
  lora,
};
const budget = (mebibytes: number) => ({ of: 'process', bytes: mebibytes * MiB, held: 0, from: 'FETTLE_MEMORY' }) as const;
const advice = (changed: Partial<MemoryNeeds>, mebibytes: number) => doesNotFit({ ...needs, ...changed }, budget(mebibytes), engine);

test('changes that are enough come first, those that cost no quality before the others', () => {
  const error = advice({}, 1400);
  expect(error).toMatchObject({ code: 'FETTLE_MEMORY', exitCode: 3 });
  expect(error.message).toMatch(/expected at least 2048 MiB for this run, found 1400 MiB \(FETTLE_MEMORY\)/);
  expect(error.problems.map(({ field, message }) => `${field} ${message}`)).toEqual([
    'train.activation_checkpointing auto needs 1148 MiB, which fits',
    'quantization nf4 needs 1298 MiB, which fits',
    'data.max_length 320 needs 1368 MiB, which fits',
    'method.r 8 needs 2040 MiB, not enough alone',
    'train.optimizer adamw_8bit needs 2044 MiB, not enough alone',
  ]);
});

test('full fine-tuning is told of lora', () => {
  const { problems } = advice({ lora: null, settings: { micro_batch_tokens: 'auto', activation_checkpointing: 'auto' } }, 2000);
  expect(problems[0]).toMatchObject({ field: 'method.type', message: expect.stringMatching(/^lora .*which fits$/) });
});

test('where nothing helps there is still the size of it', () => {
  const error = advice(
    {
      longest_row: 64,
      quantization: 'nf4',
      optimizer: 'adamw_8bit',
      lora: { ...lora, r: 4 },
      settings: { micro_batch_tokens: 'auto', activation_checkpointing: 'full' },
    },
    20,
  );
  expect(error.problems).toEqual([]);
  expect(error.hint).toMatch(/smaller model, or raise FETTLE_MEMORY/);
});
