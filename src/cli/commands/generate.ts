/** `fettle generate`: one answer. */
import type { Command } from 'commander';
import type { AddCommand, SetExitCode } from '../command.ts';
import { interrupted, withInterrupt } from '../interrupt.ts';
import type { AdapterFlags } from '../load-with-adapter.ts';
import { addModelFlags } from '../model-flags.ts';
import { printJson } from '../output.ts';
import { addSamplingFlags, generateOptions, type SamplingFlags } from '../sampling-flags.ts';

interface Flags extends SamplingFlags, AdapterFlags {
  prompt: string;
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
    .requiredOption('--prompt <text>', "the user's message")
    .option('--system <text>', 'what the model is told before it')
    .option('--raw', 'no chat template: the model goes on where the prompt ends')
    .option('--json', 'one object: text, finish_reason, prompt_tokens, tokens');
  addModelFlags(addSamplingFlags(command)).action((flags: Flags) => run(flags, setExitCode));
};

async function run(flags: Flags, setExitCode: SetExitCode): Promise<void> {
  const { generate } = await import('../../eval/generate.ts');
  const { loadWithAdapter } = await import('../load-with-adapter.ts');
  using model = await loadWithAdapter(flags);
  await withInterrupt('stopping', async (signal) => {
    const pieces = generate(model, { ...asked(flags), ...generateOptions(flags), signal });
    for (;;) {
      const { done, value } = await pieces.next();
      if (done) {
        if (flags.json) printJson(value);
        else process.stdout.write('\n');
        if (value.finish_reason === 'abort') setExitCode(interrupted);
        return;
      }
      if (!flags.json) process.stdout.write(value.text);
    }
  });
}

function asked({ prompt, system, raw }: Flags) {
  if (raw) return { prompt, raw: true };
  if (system === undefined) return { prompt };
  return { turns: [{ role: 'system', content: system } as const, { role: 'user', content: prompt } as const] };
}
