/** `fettle new`: writes the first examples by hand, each checked as it is written. */
import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { defaultAt } from '../../config/walk.ts';
import { type NewShape, newShapes, type Plan, planPath } from '../../data/new-rows/plan.ts';
import { FettleError } from '../../errors.ts';
import { checkModel, factsText } from '../check-inputs.ts';
import type { AddCommand, SetExitCode } from '../command.ts';
import { interrupted } from '../interrupt.ts';
import { wholeNumber } from '../number-flags.ts';
import { tell } from '../output.ts';

interface Flags {
  template?: NewShape;
  instruction?: string;
  topics?: string;
  goal?: number;
  model?: string;
  facts?: string;
  add?: string;
  anyway?: true;
  missing?: true;
  json?: true;
}

export const addNew: AddCommand = (program: Command, setExitCode) => {
  program
    .command('new')
    .description('write examples by hand, each checked beside the others as you type')
    .argument('<file>', 'the data to begin or go on with (.jsonl)')
    .addOption(new Option('--template <shape>', 'what a row looks like (default: alpaca)').choices([...newShapes]))
    .option('--instruction <text>', 'what the model is told in every row')
    .option('--topics <list>', 'what the examples are to be about, divided by commas')
    .option('--goal <number>', 'examples to write (default: 50)', wholeNumber(1))
    .option('--facts <file>', 'a text of what is true, as for check')
    .option('--model <model>', 'also check what this model would see: hub id, folder or .gguf file')
    .option('--missing', 'print what is missing by topic')
    .option('--add <file>', 'add rows from JSON Lines, each checked; - is stdin')
    .option('--anyway', 'with --add: also rows that the check warns of')
    .option('--json', 'with --missing and --add: one object a line')
    .action((file: string, flags: Flags) => run(file, flags, setExitCode));
};

async function run(file: string, flags: Flags, setExitCode: SetExitCode): Promise<void> {
  const { NewRows } = await import('../../data/new-rows/new-rows.ts');
  if (flags.missing && flags.add !== undefined) throw new FettleError('FETTLE_USAGE', 'expected one of --missing and --add, found both');
  const wish = await wishOf(flags);
  if (flags.missing) return (await import('../new/print-missing.ts')).printMissing(await NewRows.open(file, wish), flags.json === true);
  const facts = flags.facts === undefined ? undefined : await factsText(flags.facts);
  const model =
    flags.model === undefined ? undefined : await checkModel(flags.model, 'completion', defaultAt(['data', 'max_length']) as number);
  const check = { ...(facts !== undefined && { facts }), ...(model !== undefined && { model }) };
  if (flags.add !== undefined) {
    const { addRows } = await import('../new/add-rows.ts');
    const options = { anyway: flags.anyway === true, json: flags.json === true };
    return addRows(await NewRows.open(file, wish), flags.add, check, options, setExitCode);
  }
  const { Screen } = await import('../terminal/screen.ts');
  Screen.expectTerminal('write', 'add rows from a file or pipe with --add, see what is missing with --missing');
  const begun = existsSync(file) || existsSync(planPath(file));
  const rows = await NewRows.open(file, begun ? wish : await (await import('../new/ask-plan.ts')).askPlan(wish));
  const outcome = await (await import('../new/run.ts')).runNew(rows, check);
  if (outcome.interrupted) setExitCode(interrupted);
  tell(`${outcome.added} ${outcome.added === 1 ? 'row' : 'rows'} added; ${file} has ${rows.rows.length} of ${rows.plan.goal}`);
  tell(rows.rows.length < rows.plan.goal ? 'the same command goes on where you left' : `next: fettle check ${file}, then fettle init`);
}

async function wishOf({ template, instruction, topics, goal }: Flags): Promise<Partial<Omit<Plan, 'draft'>>> {
  const { list } = await import('../new/ask-plan.ts');
  return {
    ...(template !== undefined && { shape: template }),
    ...(instruction !== undefined && { instruction }),
    ...(topics !== undefined && { topics: list(topics) }),
    ...(goal !== undefined && { goal }),
  };
}
