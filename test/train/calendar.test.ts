import { expect, test } from 'vitest';
import { makeCalendar } from '../../src/train/calendar.ts';
import { EarlyStopping } from '../../src/train/early-stopping.ts';

const settings = { epochs: 2, max_steps: null, eval_steps: null, save_steps: null };
const steps = (calendar: ReturnType<typeof makeCalendar>, when: (step: number) => boolean) =>
  Array.from({ length: calendar.total_steps + 1 }, (_, step) => step).filter(when);

test('by default an epoch is evaluated four times, its end included, and saved once', () => {
  const calendar = makeCalendar(settings, 25);
  expect(calendar.total_steps).toBe(50);
  expect(steps(calendar, calendar.evaluateAfter)).toEqual([0, 7, 13, 19, 25, 32, 38, 44, 50]);
  expect(steps(calendar, calendar.saveAfter)).toEqual([25, 50]);
});

test('an epoch of few steps is evaluated after each', () => {
  const calendar = makeCalendar(settings, 3);
  expect(steps(calendar, calendar.evaluateAfter)).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test('given numbers of steps count from the beginning; the end is always evaluated', () => {
  const calendar = makeCalendar({ ...settings, max_steps: 10, eval_steps: 4, save_steps: 3 }, 25);
  expect(calendar).toMatchObject({ total_steps: 10, ends_by: 'max_steps' });
  expect(steps(calendar, calendar.evaluateAfter)).toEqual([0, 4, 8, 10]);
  expect(steps(calendar, calendar.saveAfter)).toEqual([3, 6, 9]);
});

test('an epoch may be a fraction', () => {
  expect(makeCalendar({ ...settings, epochs: 0.5 }, 25).total_steps).toBe(13);
});

function stopsAfter(losses: number[], options: { patience: number; min_delta: number }): number {
  const stopping = new EarlyStopping(options);
  const at = losses.findIndex((loss) => {
    stopping.observe(loss);
    return stopping.stop;
  });
  return at + 1;
}

test('early stopping counts evaluations that were not lower', () => {
  expect(stopsAfter([3, 2, 2.1, 2.2, 1.9, 2, 2, 2], { patience: 3, min_delta: 0 })).toBe(8);
  expect(stopsAfter([3, 2, 2, 2], { patience: 2, min_delta: 0 })).toBe(4);
  expect(stopsAfter([3, 2, 1, 0], { patience: 1, min_delta: 0 })).toBe(0);
});

test('min_delta: small steps down add up to one that counts', () => {
  expect(stopsAfter([3, 2.95, 2.92, 2.85, 2.84, 2.83], { patience: 3, min_delta: 0.1 })).toBe(0);
  expect(stopsAfter([3, 2.95, 2.92, 2.91], { patience: 3, min_delta: 0.1 })).toBe(4);
});
