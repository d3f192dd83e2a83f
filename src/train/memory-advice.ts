/** The error for a run that does not fit, and what would make it fit: the least painful change first. */
import type { FettleConfig } from '../config/schema.ts';
import { FettleError, type Problem } from '../errors.ts';
import type { LoraOptions, Optimizer } from '../native/types.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { type MemoryPlanInput, memoryPlans, type TrainingMemoryOf } from './memory-plan.ts';

/** What a run needs memory for: all that a change of the config can make smaller. */
export interface MemoryNeeds {
  settings: MemoryPlanInput['settings'];
  longest_row: number;
  quantization: FettleConfig['quantization'];
  optimizer: Optimizer;
  /** Null for full fine-tuning. */
  lora: LoraOptions | null;
}

export type EngineMemory = (needs: Pick<MemoryNeeds, 'quantization' | 'optimizer' | 'lora'>) => TrainingMemoryOf;

interface Change {
  field: string;
  /** What to set it to. */
  value: string;
  needs: MemoryNeeds;
}

/** FETTLE_MEMORY with every change that helps: those that are enough come first, in the order of how little they cost. */
export function doesNotFit(needs: MemoryNeeds, budget: MemoryBudget, engine: EngineMemory): FettleError {
  const leastOf = (changed: MemoryNeeds) => least(changed, budget, engine);
  const least_now = leastOf(needs);
  const helpful = [...changes(needs), ...shorterRows(needs, budget, leastOf)]
    .map((change) => ({ ...change, bytes: leastOf(change.needs) }))
    .filter(({ bytes }) => bytes < least_now);
  const [enough, not] = [true, false].map((fits) => helpful.filter(({ bytes }) => bytes <= budget.bytes === fits)) as [Help[], Help[]];
  const ranked = [...enough, ...not.sort((a, b) => a.bytes - b.bytes)];
  const found = `${mebibytes(budget.bytes)} MiB (${budget.from})`;
  return new FettleError('FETTLE_MEMORY', `expected at least ${mebibytes(least_now)} MiB for this run, found ${found}`, {
    problems: ranked.map((help) => asProblem(help, budget)),
    hint: `${ranked.length > 0 ? 'make one of these changes, the first ones cost least; or ' : ''}take a smaller model, or ${
      budget.from === 'FETTLE_MEMORY' ? 'raise FETTLE_MEMORY' : 'close other programs'
    }`,
  });
}

type Help = Change & { bytes: number };

function asProblem({ field, value, bytes }: Help, budget: MemoryBudget): Problem {
  const fits = bytes <= budget.bytes ? 'which fits' : 'not enough alone';
  return { field, message: `${value} needs ${mebibytes(bytes)} MiB, ${fits}` };
}

function least(needs: MemoryNeeds, budget: MemoryBudget, engine: EngineMemory): number {
  const plans = memoryPlans({ ...needs, budget, memoryOf: engine(needs) });
  return Math.min(...plans.map(({ predicted }) => predicted.total));
}

/** In the order of how little they cost: first what changes speed alone, then what changes the result. */
function changes(needs: MemoryNeeds): Change[] {
  const { settings, quantization, optimizer, lora } = needs;
  const all: (Change | false)[] = [
    settings.activation_checkpointing !== 'auto' &&
      settings.activation_checkpointing !== 'full' && {
        field: 'train.activation_checkpointing',
        value: 'auto',
        needs: { ...needs, settings: { ...settings, activation_checkpointing: 'auto' } },
      },
    settings.micro_batch_tokens !== 'auto' && {
      field: 'train.micro_batch_tokens',
      value: 'auto',
      needs: { ...needs, settings: { ...settings, micro_batch_tokens: 'auto' } },
    },
    optimizer === 'adamw' && { field: 'train.optimizer', value: 'adamw_8bit', needs: { ...needs, optimizer: 'adamw_8bit' } },
    lora !== null && quantization === 'none' && { field: 'quantization', value: 'nf4', needs: { ...needs, quantization: 'nf4' } },
    lora !== null && lora.r > 8 && { field: 'method.r', value: '8', needs: { ...needs, lora: { ...lora, r: 8 } } },
    lora === null && {
      field: 'method.type',
      value: 'lora (with quantization: nf4)',
      needs: { ...needs, quantization: 'nf4', lora: plainLora },
    },
  ];
  return all.filter((change) => change !== false);
}

/** As the defaults of the config. */
const plainLora: LoraOptions = {
  r: 16,
  lora_alpha: 32,
  lora_dropout: 0,
  use_rslora: false,
  target_modules: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj', 'qkv_proj', 'gate_up_proj'],
  seed: 0,
};

/** The longest rows that would fit, in whole steps of 64 tokens, if any do. */
function shorterRows(needs: MemoryNeeds, budget: MemoryBudget, leastOf: (needs: MemoryNeeds) => number): Change[] {
  const shortened = (steps: number) => ({ ...needs, longest_row: steps * 64 });
  let [fits, too_long] = [0, Math.ceil(needs.longest_row / 64)];
  while (too_long - fits > 1) {
    const middle = Math.floor((fits + too_long) / 2);
    if (leastOf(shortened(middle)) <= budget.bytes) fits = middle;
    else too_long = middle;
  }
  return fits === 0 ? [] : [{ field: 'data.max_length', value: `${fits * 64}`, needs: shortened(fits) }];
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}
