import { expect, test } from 'vitest';
import { type MemoryPlanInput, planMemory } from '../../src/train/memory-plan.ts';

const MiB = 2 ** 20;
/** An engine that takes 100 MiB for weights and so many KiB a token. */
const perToken = { none: 512, selective: 256, full: 64 };
const input: MemoryPlanInput = {
  settings: { micro_batch_tokens: 'auto', activation_checkpointing: 'auto' },
  longest_row: 300,
  budget: { of: 'process', bytes: 8192 * MiB, held: 50 * MiB, from: 'the free memory' },
  memoryOf: (tokens, mode) => ({ weights: 100 * MiB, trainables: 10 * MiB, activations: tokens * perToken[mode] * 1024 }),
};
const within = (mebibytes: number) => planMemory({ ...input, budget: { ...input.budget, bytes: mebibytes * MiB } });

test('keeps everything where there is room, then takes smaller micro-batches, and recomputes layers last', () => {
  expect(within(8192)).toMatchObject({ micro_batch_tokens: 1024, activation_checkpointing: 'none' });
  expect(within(550)).toMatchObject({ micro_batch_tokens: 1024, activation_checkpointing: 'selective' });
  expect(within(430)).toMatchObject({ micro_batch_tokens: 512, activation_checkpointing: 'selective' });
  expect(within(240)).toMatchObject({ micro_batch_tokens: 512, activation_checkpointing: 'full' });
  expect(within(200)).toBeNull();
});

test('a GPU takes as many tokens at once as fit', () => {
  const onGpu = (mebibytes: number) => planMemory({ ...input, budget: { ...input.budget, of: 'gpu', bytes: mebibytes * MiB } });
  expect(onGpu(8192)).toMatchObject({ micro_batch_tokens: 8192, activation_checkpointing: 'none' });
  expect(onGpu(2300)).toMatchObject({ micro_batch_tokens: 4096, activation_checkpointing: 'none' });
  expect(onGpu(550)).toMatchObject({ micro_batch_tokens: 1024, activation_checkpointing: 'selective' });
  expect(onGpu(240)).toMatchObject({ micro_batch_tokens: 512, activation_checkpointing: 'full' });
});

test('the prediction adds up, and fits the budget', () => {
  const { predicted } = within(550)!;
  expect(predicted.total).toBe(predicted.process + predicted.weights + predicted.trainables + predicted.activations);
  expect(predicted.process).toBeGreaterThan(input.budget.held);
  expect(predicted.total).toBeLessThanOrEqual(550 * MiB);
});

test('a micro-batch always has room for the longest row, and what is set stays', () => {
  expect(planMemory({ ...input, longest_row: 3000 })).toMatchObject({ micro_batch_tokens: 3000 });
  const settings = { micro_batch_tokens: 128, activation_checkpointing: 'full' } as const;
  expect(planMemory({ ...input, settings })).toMatchObject({ micro_batch_tokens: 300, activation_checkpointing: 'full' });
});
