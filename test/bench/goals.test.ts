import { expect, test } from 'vitest';
import { goalsOf, type Measured } from '../../bench/device/goals.ts';
import { reportPage } from '../../bench/device/page.ts';

const way = (seconds: number, kind: 'GEMM' | 'cuBLASLt') => ({ plan: 'x', kind, seconds });
const step = { shape: '8b', sequences: 1, tokens: 2048, activation_checkpointing: 'none' } as const;
const measured: Measured = {
  ops: [0.8, 0.92, 0.95].map((share) => ({ op: 'nf4_dequantize', shape: '', seconds: 1, rate: 1, unit: 'GB/s', share })),
  cublas: [{ shape: '', own: way(1, 'GEMM'), cublas: way(0.9, 'cuBLASLt') }],
  steps: [
    { ...step, tokens_per_second: null, memory: null },
    { ...step, activation_checkpointing: 'selective', tokens_per_second: 4600, memory: 2 ** 34 },
    { ...step, tokens: 4096, activation_checkpointing: 'full', tokens_per_second: 3000, memory: 8 * 2 ** 30 },
  ],
  learning: [{ shape: 'tiny', losses: [1], cpu_losses: [1], loss_difference: 0.001, grad_norm_difference: 0.03 }],
};
const reached = (gpu: string, what = measured) => goalsOf(gpu, what).map(({ name, reached, ok }) => [name.split(',')[0], reached, ok]);

test('every goal of a GPU that has them is judged', () => {
  expect(reached('NVIDIA GeForce RTX 5090')).toEqual([
    ['NF4 dequantization', 0.92, true],
    ['bf16 GEMM', 0.9, true],
    ['8B QLoRA', 4600, true],
    ['8B QLoRA', 8, false],
    ['loss of tiny', 0.001, true],
    ['gradient norm of tiny', 0.03, false],
  ]);
  expect(reached('NVIDIA A100-SXM4-80GB')).toContainEqual(['8B QLoRA', 4600, false]);
  expect(reached('NVIDIA H100 80GB HBM3').map(([name]) => name)).not.toContain('bf16 GEMM');
});

test('what could not be measured fails and says why', () => {
  const goals = goalsOf('NVIDIA GeForce RTX 4090', { ops: [], cublas: [], steps: [], learning: [] });
  expect(goals.map(({ ok }) => ok)).toEqual([false, false, false, false]);
  expect(goals.every(({ missing }) => missing !== null)).toBe(true);
  const gpu = { name: 'x', architecture: 'sm_89', driver: '', tuning_file: '', memory_bytes: 1, free_bytes: 1, multiprocessors: 1 };
  expect(reportPage({ gpu, ...measured, goals })).toContain('not measured: cuBLASLt was not found');
});
