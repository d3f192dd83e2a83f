/** Data-sheet peaks of GPUs: dense bf16 with fp32 accumulation, and memory bandwidth. */
export interface Peaks {
  /** FLOP/s */
  bf16: number;
  /** bytes/s */
  bandwidth: number;
  /** Share of bf16 that warp-level mma.sync can reach; below 1 where only wgmma or tcgen05 reach the peak. */
  mmaSync: number;
}

const peaks: readonly [pattern: RegExp, peaks: Peaks][] = [
  [/H200/, { bf16: 989e12, bandwidth: 4.8e12, mmaSync: 0.62 }],
  [/H100.*PCIe/, { bf16: 756e12, bandwidth: 2.0e12, mmaSync: 0.62 }],
  [/H100/, { bf16: 989e12, bandwidth: 3.35e12, mmaSync: 0.62 }],
  [/B200/, { bf16: 2250e12, bandwidth: 8e12, mmaSync: 0.4 }],
  [/A100/, { bf16: 312e12, bandwidth: 2.04e12, mmaSync: 1 }],
  [/L40S/, { bf16: 362e12, bandwidth: 0.864e12, mmaSync: 1 }],
  [/5090/, { bf16: 209.5e12, bandwidth: 1.79e12, mmaSync: 1 }],
  [/4090/, { bf16: 165e12, bandwidth: 1.008e12, mmaSync: 1 }],
  [/3090/, { bf16: 71e12, bandwidth: 0.936e12, mmaSync: 1 }],
];

/** null for a GPU that is not in the table. */
export function peaksOf(gpu: string): Peaks | null {
  return peaks.find(([pattern]) => pattern.test(gpu))?.[1] ?? null;
}
