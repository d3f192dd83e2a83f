/** The list of commands. */
import { Command } from 'commander';
import type { AddCommand, SetExitCode } from './command.ts';
import { addBench } from './commands/bench.ts';
import { addChat } from './commands/chat.ts';
import { addCheck } from './commands/check.ts';
import { addConvert } from './commands/convert.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEval } from './commands/eval.ts';
import { addGenerate } from './commands/generate.ts';
import { addInit } from './commands/init.ts';
import { addNew } from './commands/new.ts';
import { addReview } from './commands/review.ts';
import { addRows } from './commands/rows.ts';
import { addSplit } from './commands/split.ts';
import { addTokenize } from './commands/tokenize.ts';
import { addTrain } from './commands/train.ts';
import { errColors as c } from './output.ts';
import { packageVersion } from './package-info.ts';

const commands: readonly AddCommand[] = [
  addInit,
  addNew,
  addCheck,
  addReview,
  addSplit,
  addConvert,
  addTokenize,
  addTrain,
  addRows,
  addEval,
  addGenerate,
  addChat,
  addBench,
  addDoctor,
];

export function buildProgram(setExitCode: SetExitCode): Command {
  const program = new Command('fettle')
    .description('Fine-tunes language models.')
    .version(packageVersion(), '--version')
    .helpCommand(false)
    .showHelpAfterError('(--help lists what there is)')
    .configureOutput({ outputError: (text, write) => write(`${c.red(c.bold('FETTLE_USAGE'))}: ${text.replace(/^error: /, '')}`) })
    .exitOverride();
  for (const add of commands) add(program, setExitCode);
  return program;
}
