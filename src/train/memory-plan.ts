/** What `auto` becomes: tokens per micro-batch, and what the forward pass keeps for the backward pass. */
import type { FettleConfig } from '../config/schema.ts';
import type { ActivationCheckpointing, TrainingMemory } from '../native/types.ts';
import type { MemoryBudget } from './memory-budget.ts';

/** Enough tokens to keep the matrix units busy, few enough to keep activations small; a GPU has more units, and launches to spread. */
const autoMicroBatchTokens = { process: [1024, 512, 256], gpu: [8192, 4096, 2048, 1024, 512, 256] } as const;

/** How much longer a step takes with each choice, found on a 135M model (docs/decisions.md): the order in which they are tried. */
const slowdown = {
  mode: { none: 1, selective: 1.02, full: 1.38 },
  microBatch: (tokens: number) => 1 + 80 / tokens,
} as const;

/** Kernels' packed panels and threads' stacks, which no layout counts. */
const engineScratch = 32 * 2 ** 20;

export type TrainingMemoryOf = (tokens: number, mode: ActivationCheckpointing) => TrainingMemory;

export interface MemoryPlanInput {
  settings: Pick<FettleConfig['train'], 'micro_batch_tokens' | 'activation_checkpointing'>;
  /** Tokens of the longest row. */
  longest_row: number;
  budget: MemoryBudget;
  /** What the engine takes. */
  memoryOf: TrainingMemoryOf;
}

/** Bytes that the process will hold at its peak. */
export interface MemoryPrediction extends TrainingMemory {
  /** Node, the data, and what no layout of the engine counts. */
  process: number;
  total: number;
}

export interface MemoryPlan {
  micro_batch_tokens: number;
  activation_checkpointing: ActivationCheckpointing;
  predicted: MemoryPrediction;
}

/** The fastest way to make a step that fits the budget, or null when none does. */
export function planMemory(input: MemoryPlanInput): MemoryPlan | null {
  return memoryPlans(input).find(({ predicted }) => predicted.total <= input.budget.bytes) ?? null;
}

/** Every way that the settings leave open, the fastest first. */
export function memoryPlans({ settings, longest_row, budget, memoryOf }: MemoryPlanInput): MemoryPlan[] {
  const asked = settings.micro_batch_tokens === 'auto' ? [...autoMicroBatchTokens[budget.of], longest_row] : [settings.micro_batch_tokens];
  const sizes = [...new Set(asked.map((tokens) => Math.max(tokens, longest_row)))];
  const modes =
    settings.activation_checkpointing === 'auto' ? (['none', 'selective', 'full'] as const) : [settings.activation_checkpointing];
  return sizes
    .flatMap((tokens) => modes.map((mode) => ({ tokens, mode, cost: slowdown.mode[mode] * slowdown.microBatch(tokens) })))
    .sort((a, b) => a.cost - b.cost)
    .map(({ tokens, mode }) => ({
      micro_batch_tokens: tokens,
      activation_checkpointing: mode,
      predicted: predict(budget.held, memoryOf(tokens, mode)),
    }));
}

function predict(held: number, engine: TrainingMemory): MemoryPrediction {
  const process = held + engineScratch;
  return { ...engine, process, total: process + engine.weights + engine.trainables + engine.activations };
}
