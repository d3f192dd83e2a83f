import { expect, test } from 'vitest';
import { learningRate, type SchedulerName, warmupSteps } from '../../src/train/schedule.ts';

/** transformers 5.24: get_scheduler(name, num_training_steps=10), the rate of each step for a peak of 1. */
const published: [SchedulerName, number, number[]][] = [
  ['constant', 3, [0, 0.333333333, 0.666666667, 1, 1, 1, 1, 1, 1, 1]],
  ['linear', 0, [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]],
  ['linear', 3, [0, 0.333333333, 0.666666667, 1, 0.857142857, 0.714285714, 0.571428571, 0.428571429, 0.285714286, 0.142857143]],
  ['cosine', 0, [1, 0.975528258, 0.904508497, 0.793892626, 0.654508497, 0.5, 0.345491503, 0.206107374, 0.095491503, 0.024471742]],
  ['cosine', 3, [0, 0.333333333, 0.666666667, 1, 0.950484434, 0.811744901, 0.611260467, 0.388739533, 0.188255099, 0.049515566]],
];

test.each(published)('%s with %i warm-up steps is that of transformers', (scheduler, warmup_steps, expected) => {
  const schedule = { scheduler, warmup_steps, total_steps: 10, learning_rate: 2 };
  for (const [i, rate] of expected.entries()) expect(learningRate(schedule, i + 1)).toBeCloseTo(2 * rate, 7);
});

test('warm-up steps are rounded up', () => {
  expect([1, 30, 75, 100].map((total) => warmupSteps(total, 0.03))).toEqual([1, 1, 3, 3]);
  expect(warmupSteps(100, 0)).toBe(0);
});
