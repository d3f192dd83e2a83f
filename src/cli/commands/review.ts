/** `fettle review`: a person decides row by row; other tools read the queue and pipe decisions in. */
import os from 'node:os';
import { type Command, Option } from 'commander';
import { wordsAt } from '../../config/walk.ts';
import { FettleError } from '../../errors.ts';
import type { AddCommand, SetExitCode } from '../command.ts';
import { wholeNumber } from '../number-flags.ts';
import type { ReviewFlags } from '../review/flags.ts';

export const addReview: AddCommand = (program: Command, setExitCode) => {
  program
    .command('review')
    .description('decide on rows one by one: findings first, then what a run found hard, then samples')
    .argument('<data>', 'the file to review; it is never changed')
    .option('--reviewer <name>', 'who decides (default: your user name)')
    .option('--run <folder>', 'also queue the rows whose loss was suspicious in this run')
    .option('--model <model>', 'also check what this model would see: hub id, folder or .gguf file')
    .option('--facts <file>', 'a text of what is true, as for check')
    .option('--sample <number>', 'rows without findings to draw at random (default: 30)', wholeNumber(0))
    .option('--seed <number>', 'which rows are drawn (default: 42)', wholeNumber(0))
    .addOption(new Option('--format <format>', 'the shape of the file').choices(wordsAt(['data', 'format'])).default('auto'))
    .option('--decisions <file>', 'record decisions from JSON Lines; - is stdin')
    .option('--export <file>', 'write the data as reviewed: .jsonl, .json, .csv or .tsv')
    .option('--agreement [names]', 'how far reviewers agree; two names joined by a comma, or every pair')
    .option('--json', 'print the queue, or what was done, as JSON')
    .action((data: string, flags: ReviewFlags) => review(data, flags, setExitCode));
};

async function review(data: string, flags: ReviewFlags, setExitCode: SetExitCode): Promise<void> {
  const tasks = (['decisions', 'export', 'agreement'] as const).filter((task) => flags[task] !== undefined);
  if (tasks.length > 1) {
    throw new FettleError(
      'FETTLE_USAGE',
      `expected one of --decisions, --export and --agreement, found ${tasks.map((task) => `--${task}`).join(' and ')}`,
    );
  }
  if (flags.agreement !== undefined) return (await import('../review/print-agreement.ts')).printAgreement(data, flags.agreement, flags);
  if (flags.export !== undefined) return (await import('../review/export.ts')).exportTo(data, flags.export, flags);
  const reviewer = flags.reviewer ?? os.userInfo().username;
  if (flags.decisions !== undefined)
    return (await import('../review/pipe-decisions.ts')).pipeDecisions(data, flags.decisions, { ...flags, reviewer });
  const { openQueue } = await import('../review/open-queue.ts');
  if (flags.json) return (await import('../review/print-queue.ts')).printQueue(await openQueue(data, { ...flags, reviewer }));
  const { Screen } = await import('../terminal/screen.ts');
  Screen.expectTerminal(
    'review',
    'print the queue with --json and record decisions with --decisions FILE; --export FILE and --agreement need none',
  );
  const { reviewOnTerminal } = await import('../review/on-terminal.ts');
  return reviewOnTerminal(await openQueue(data, { ...flags, reviewer }), setExitCode);
}
