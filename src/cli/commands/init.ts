/** `fettle init`: asks a few questions and writes a config. */
import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { FettleError } from '../../errors.ts';
import type { AddCommand } from '../command.ts';
import type { Answers } from '../init/answers.ts';
import { positiveNumber } from '../number-flags.ts';
import { tell } from '../output.ts';

interface Flags extends Partial<Answers> {
  yes?: true;
}

export const addInit: AddCommand = (program: Command) => {
  program
    .command('init')
    .description('ask a few questions and write a config')
    .argument('[file]', 'the config to write', 'fettle.yaml')
    .option('-y, --yes', 'ask nothing: take the flags, and defaults where there is none')
    .option('--model <model>', 'hub id, folder or .gguf file')
    .option('--data <file>', 'the examples')
    .addOption(new Option('--method <method>', 'what is trained').choices(['lora', 'full']))
    .addOption(new Option('--quantization <type>', 'how the base is kept in memory').choices(['nf4', 'none']))
    .option('--epochs <number>', 'passes over the examples', positiveNumber)
    .option('--output-dir <folder>', 'the run folder')
    .action(init);
};

async function init(file: string, { yes, ...given }: Flags): Promise<void> {
  const { configText } = await import('../init/config-text.ts');
  const { parseConfigText } = await import('../../config/load.ts');
  const answers = yes === true ? (await import('../init/answers.ts')).answersWithoutAsking(given) : await askOnTerminal(given);
  const text = configText(answers, file);
  parseConfigText(text, file);
  await writeNew(file, text);
  tell(`wrote ${file}`);
  tell(`next: fettle check ${answers.data} --model ${answers.model}, then fettle train${file === 'fettle.yaml' ? '' : ` ${file}`}`);
}

async function askOnTerminal(given: Partial<Answers>): Promise<Answers> {
  if (process.stdin.isTTY !== true) {
    throw new FettleError('FETTLE_USAGE', 'expected a terminal to ask on, found none', {
      hint: 'give --yes and what differs from the defaults, for example --data FILE',
    });
  }
  return (await import('../init/ask.ts')).ask(given);
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
    throw new FettleError('FETTLE_USAGE', `expected no file at ${file}, found one`, {
      cause,
      hint: `give another name (fettle init other.yaml), or delete ${file}`,
    });
  }
}
