/** Which figures a benchmark takes, in which order. */
import type { ActivationCheckpointing } from '../native/types.ts';
import { describeMachine } from './machine.ts';
import { decodeFigures, runFigures, stepFigures } from './model-figures.ts';
import { benchedOps, expectBenched, opFigures } from './op-figures.ts';
import type { Precision } from './random-model.ts';
import type { ResultLine } from './result.ts';
import type { ShapeName } from './shapes.ts';
import type { StepJob } from './step.ts';
import type { Effort } from './timing.ts';

export interface SuiteOptions {
  /** Names of `bench/ops`; `all` for every one. */
  ops: readonly string[] | 'all';
  /** Shapes whose training step is measured. */
  steps: readonly ShapeName[];
  /** Shapes that generate. */
  decode: readonly ShapeName[];
  /** How many sequences generate together, one figure each. */
  sequences: readonly number[];
  /** The config of a real run, with settings to change (`key=value`); null: none. */
  run: { config: string; set: string[]; steps: number | null } | null;
  /** Of the steps; where one is left out, each shape has its own. */
  batches?: readonly Batch[] | undefined;
  activation_checkpointing?: readonly ActivationCheckpointing[] | undefined;
  method: StepJob['method'];
  /** Rank of LoRA. */
  r: number;
  precision: Precision;
  /** Few and short measurements, to see that everything works. */
  quick: boolean;
}

export interface Batch {
  sequences: number;
  tokens: number;
}

interface StepDefaults {
  batches: readonly Batch[];
  modes: readonly ActivationCheckpointing[];
  iterations: number;
}

const everyMode = ['none', 'selective', 'full'] as const;

const stepDefaults: Record<ShapeName, StepDefaults> = {
  tiny: { batches: [{ sequences: 2, tokens: 32 }], modes: everyMode, iterations: 5 },
  '135m': {
    batches: [
      { sequences: 8, tokens: 256 },
      { sequences: 1, tokens: 2048 },
    ],
    modes: everyMode,
    iterations: 5,
  },
  '1b': { batches: [{ sequences: 1, tokens: 512 }], modes: ['none'], iterations: 3 },
  '8b': { batches: [{ sequences: 1, tokens: 512 }], modes: ['full'], iterations: 2 },
  '7b': { batches: [{ sequences: 1, tokens: 512 }], modes: ['full'], iterations: 2 },
};

/**
 * Measures the machine, then what was asked for, and gives each line as it is there.
 * @throws FettleError FETTLE_USAGE for an op without benchmarks; what a measurement throws
 */
export async function* runSuite(options: SuiteOptions): AsyncGenerator<ResultLine> {
  const { quick, precision, r } = options;
  const ops = options.ops === 'all' ? benchedOps() : options.ops;
  expectBenched(ops);
  const machine = await describeMachine(quick ? 0.05 : 0.8);
  yield machine;
  const ceilings = machine.all_threads;
  const effort: Effort = quick ? { iterations: 2, time: 0 } : { iterations: 10, time: 300 };
  yield* opFigures(ops, ceilings, effort);
  for (const job of stepJobs(options)) yield* await stepFigures(job, ceilings);
  for (const shape of options.decode) {
    for (const sequences of options.sequences) {
      const size = shape === 'tiny' ? { prompt: 32, tokens: 8 } : { prompt: sequences === 1 ? 512 : 128, tokens: 64 };
      for (const rank of [0, r]) {
        yield* await decodeFigures({ kind: 'decode', shape, ...precision, r: rank, sequences, ...size, rounds: quick ? 1 : 3 }, ceilings);
      }
    }
  }
  if (options.run !== null) yield* await runFigures({ kind: 'run', ...options.run });
}

function stepJobs({ steps, batches, activation_checkpointing, method, r, precision, quick }: SuiteOptions): StepJob[] {
  return steps.flatMap((shape) => {
    const defaults = stepDefaults[shape];
    const effort = { iterations: quick ? 1 : defaults.iterations, time: 0 };
    const how = { kind: 'step', shape, method, r, effort, ...precision } as const;
    const quantization = method === 'full' ? 'none' : precision.quantization;
    return (batches ?? defaults.batches).flatMap((batch) =>
      (activation_checkpointing ?? defaults.modes).map((mode) => ({ ...how, ...batch, quantization, activation_checkpointing: mode })),
    );
  });
}
