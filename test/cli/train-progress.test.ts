import { afterEach, expect, test, vi } from 'vitest';
import { bytes, duration, grouped } from '../../src/cli/numbers.ts';
import { TrainProgress } from '../../src/cli/train-progress.ts';
import type { StepEvent } from '../../src/train/events.ts';

afterEach(() => vi.restoreAllMocks());

const step: StepEvent = {
  type: 'step',
  step: 12,
  epoch: 0.48,
  loss: 2.91234,
  grad_norm: 1,
  learning_rate: 2e-4,
  tokens: 4000,
  supervised_tokens: 2000,
  seconds: 3,
  total_steps: 75,
  tokens_per_second: 1333.3,
  eta_seconds: 189,
};

test('off a terminal prints a line every few seconds, and every evaluation', () => {
  let text = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
  const progress = new TrainProgress();
  progress.show({
    type: 'eval',
    step: 0,
    epoch: 0,
    eval_loss: 3.5,
    eval_perplexity: 33.1,
    eval_tokens: 9,
    eval_supervised_tokens: 5,
    seconds: 1,
    best: false,
  });
  clock.mockReturnValue(6000);
  progress.show(step);
  progress.show({ ...step, step: 13 });
  expect(text.trimEnd().split('\n')).toEqual([
    'step 0  epoch 0.00  val loss 3.5000  perplexity 33.10',
    'step 12/75  epoch 0.48  loss 2.9123  val loss 3.5000  1,333 tokens/s  ETA 3m 09s',
  ]);
});

test('numbers', () => {
  expect([0.4, 59.6, 3599, 3600, 7265].map(duration)).toEqual(['0s', '1m 00s', '59m 59s', '1h 00m', '2h 01m']);
  expect(grouped(1234567)).toBe('1,234,567');
  expect([0, 1023, 1024, 98362432].map(bytes)).toEqual(['0 B', '1023 B', '1.0 KiB', '93.8 MiB']);
});
