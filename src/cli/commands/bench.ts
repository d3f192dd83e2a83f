/** `fettle bench`: how fast the engine is here, against what this machine can do. */
import { InvalidArgumentError } from 'commander';
import type { Batch, SuiteOptions } from '../../bench/suite.ts';
import type { AddCommand } from '../command.ts';
import { wholeNumber } from '../number-flags.ts';
import { oneOf } from '../one-of.ts';
import { printJson, printLine } from '../output.ts';

interface Flags {
  op?: string[] | true;
  step?: string[] | true;
  decode?: string[] | true;
  sequences: number[];
  run?: string;
  tune?: string[] | true;
  tokens?: number[];
  device?: string;
  steps?: number;
  set: string[];
  batch?: Batch[];
  checkpointing?: string[];
  method: string;
  r: number;
  quantization: string;
  computeDtype: string;
  profile?: true;
  quick?: true;
  json?: true;
}

const usualSequences = [1, 4, 16];

export const addBench: AddCommand = (program) => {
  program
    .command('bench')
    .description('measure the engine on this machine: ops, training steps, generation, a real run')
    .option('--op [names...]', 'ops, as the files of bench/ops are called; without names all of them')
    .option('--step [shapes...]', 'training steps: tiny, 135m, 1b, 7b (random weights)')
    .option('--decode [shapes...]', 'generation with such models')
    .option('--sequences <n...>', 'with --decode: how many generate together', counts, usualSequences)
    .option('--run <config>', 'an epoch of a real run: start to first step, supervised tokens a second')
    .option('--steps <n>', 'with --run: so many steps instead of an epoch', wholeNumber(1))
    .option(
      '--set <key=value>',
      'with --run: change a setting (again for more)',
      (value: string, before: string[]) => [...before, value],
      [],
    )
    .option('--tune [shapes...]', 'times every way to compute the products of these models on a GPU, and keeps the fastest: 135m 1b 8b')
    .option('--tokens <n...>', 'with --tune: of each product', tokenCounts)
    .option('--device <device>', 'with --tune: cuda, cuda:N or simt; default FETTLE_DEVICE, else cuda')
    .option('--batch <sequences x tokens...>', 'with --step: for example 8x256', batches)
    .option('--checkpointing <modes...>', 'with --step: none, selective, full')
    .option('--method <method>', 'with --step: lora or full', 'lora')
    .option('--r <rank>', 'rank of LoRA', wholeNumber(1), 16)
    .option('--quantization <type>', 'of the random models: nf4 or none', 'nf4')
    .option('--compute-dtype <type>', 'bf16 or f32', 'bf16')
    .option('--profile', 'with --step and --decode: where the time of a step went, op by op')
    .option('--quick', 'few and short measurements; of the tiny shape where none is named')
    .option('--json', 'one object a line; bench/compare.ts compares two such files')
    .action(bench);
};

async function bench(flags: Flags): Promise<void> {
  if (flags.tune !== undefined) return (await import('../bench-tune.ts')).benchTune(flags.tune === true ? [] : flags.tune, flags);
  const { runSuite } = await import('../../bench/suite.ts');
  const { figureLine, machineLines } = await import('../bench-report.ts');
  const { profileTable } = await import('../profile-table.ts');
  const { profileAsked } = await import('../../train/step-profile.ts');
  const asked = profileAsked();
  const options = await suiteOptions(flags);
  let ceilings: Parameters<typeof profileTable>[2];
  for await (const line of runSuite(options)) {
    if (line.type === 'machine') ceilings = line.all_threads;
    if (flags.json) {
      if (line.type !== 'profile' || flags.profile || asked !== 'off') printJson(line);
    } else if (line.type === 'machine') printLine(machineLines(line));
    else if (line.type === 'figure') printLine(figureLine(line));
    else if (flags.profile || asked !== 'off') printLine(`\n${await profileTable({ ...line, steps: 1 }, asked === 'shapes', ceilings)}\n`);
  }
}

async function suiteOptions(flags: Flags): Promise<SuiteOptions> {
  const { shapeNames } = await import('../../bench/shapes.ts');
  const { parseEngineSettings } = await import('../../config/parse.ts');
  const quick = flags.quick === true;
  const usual = quick ? (['tiny'] as const) : (['135m'] as const);
  const everything = [flags.op, flags.step, flags.decode, flags.run].every((flag) => flag === undefined);
  const shapes = (flag: string[] | true | undefined, name: string) => {
    if (flag === undefined) return everything ? usual : [];
    return flag === true ? usual : oneOf(name, flag, shapeNames);
  };
  const { quantization, compute_dtype } = parseEngineSettings({ quantization: flags.quantization, compute_dtype: flags.computeDtype });
  return {
    ops: everything || flags.op === true ? 'all' : (flags.op ?? []),
    steps: shapes(flags.step, '--step'),
    decode: shapes(flags.decode, '--decode'),
    sequences: flags.sequences,
    run: flags.run === undefined ? null : { config: flags.run, set: flags.set, steps: flags.steps ?? null },
    batches: flags.batch,
    activation_checkpointing: flags.checkpointing && oneOf('--checkpointing', flags.checkpointing, ['none', 'selective', 'full'] as const),
    method: oneOf('--method', [flags.method], ['lora', 'full'] as const)[0]!,
    r: flags.r,
    precision: { quantization, compute_dtype },
    quick,
  };
}

function tokenCounts(text: string, before: number[] = []): number[] {
  return [...before, wholeNumber(1)(text)];
}

/** Commander calls it for each word; the default goes with the first. */
function counts(text: string, before: number[]): number[] {
  const given = before === usualSequences ? [] : before;
  return [...given, wholeNumber(1)(text)];
}

function batches(text: string, before: Batch[] = []): Batch[] {
  const parsed = /^(\d+)x(\d+)$/.exec(text);
  const [sequences, tokens] = [Number(parsed?.[1]), Number(parsed?.[2])];
  if (!(sequences > 0 && tokens > 1)) throw new InvalidArgumentError('expected sequences x tokens, for example 8x256.');
  return [...before, { sequences, tokens }];
}
