/** `fettle generate`: an answer, or those to a file of prompts. */
import type { Command } from 'commander';
import { FettleError } from '../../errors.ts';
import type { GenerationEnd } from '../../eval/answer.ts';
import type { LoadedModel } from '../../model/load.ts';
import type { AddCommand, SetExitCode } from '../command.ts';
import { interrupted, withInterrupt } from '../interrupt.ts';
import { readJsonStrings } from '../json-strings.ts';
import type { AdapterFlags } from '../load-with-adapter.ts';
import { addModelFlags } from '../model-flags.ts';
import { wholeNumber } from '../number-flags.ts';
import { printJson } from '../output.ts';
import { addSamplingFlags, generateOptions, type SamplingFlags } from '../sampling-flags.ts';

interface Flags extends SamplingFlags, AdapterFlags {
  prompt?: string;
  prompts?: string;
  together: number;
  system?: string;
  raw?: true;
  json?: true;
}

export const addGenerate: AddCommand = (program: Command, setExitCode) => {
  const command = program
    .command('generate')
    .description('print the answer of a model')
    .requiredOption('--model <model>', 'hub id, folder or .gguf file')
    .option('--adapter <folder>', 'a PEFT adapter on top of it')
    .option('--prompt <text>', "the user's message")
    .option('--prompts <file>', 'many messages, a JSON string a line; prints one object a line, in their order')
    .option('--together <n>', 'with --prompts: how many are answered at a time', wholeNumber(1), 16)
    .option('--system <text>', 'what the model is told before it')
    .option('--raw', 'no chat template: the model goes on where the prompt ends')
    .option('--json', 'one object: text, finish_reason, prompt_tokens, tokens');
  addModelFlags(addSamplingFlags(command)).action((flags: Flags) => run(flags, setExitCode));
};

async function run(flags: Flags, setExitCode: SetExitCode): Promise<void> {
  const { loadWithAdapter } = await import('../load-with-adapter.ts');
  if ((flags.prompt === undefined) === (flags.prompts === undefined)) {
    throw new FettleError(
      'FETTLE_USAGE',
      `expected either --prompt or --prompts, found ${flags.prompt === undefined ? 'neither' : 'both'}`,
    );
  }
  const prompts = flags.prompts === undefined ? null : await readJsonStrings(flags.prompts);
  using model = await loadWithAdapter(flags);
  const aborted = await withInterrupt('stopping', (signal) =>
    prompts === null ? answerOne(model, flags, signal) : answerAll(model, prompts, flags, signal),
  );
  if (aborted) setExitCode(interrupted);
}

/** @returns whether the signal ended it */
async function answerOne(model: LoadedModel, flags: Flags, signal: AbortSignal): Promise<boolean> {
  const { generate } = await import('../../eval/generate.ts');
  const pieces = generate(model, { ...asked(flags.prompt!, flags), ...generateOptions(flags), signal });
  for (;;) {
    const { done, value } = await pieces.next();
    if (done) {
      if (flags.json) printJson(value);
      else process.stdout.write('\n');
      return value.finish_reason === 'abort';
    }
    if (!flags.json) process.stdout.write(value.text);
  }
}

/** @returns whether the signal ended it */
async function answerAll(model: LoadedModel, prompts: readonly string[], flags: Flags, signal: AbortSignal): Promise<boolean> {
  const { generateAll } = await import('../../eval/generate-all.ts');
  const requests = prompts.map((prompt) => ({ ...asked(prompt, flags), ...generateOptions(flags) }));
  const ends = new Map<number, GenerationEnd>();
  let shown = 0;
  for await (const { index, end } of generateAll(model, requests, { together: flags.together, signal })) {
    ends.set(index, end);
    for (; ends.has(shown); shown++) printJson({ prompt: prompts[shown], ...ends.get(shown)! });
  }
  return [...ends.values()].some(({ finish_reason }) => finish_reason === 'abort');
}

function asked(prompt: string, { system, raw }: Flags) {
  if (raw) return { prompt, raw: true };
  if (system === undefined) return { prompt };
  return { turns: [{ role: 'system', content: system } as const, { role: 'user', content: prompt } as const] };
}
