/** `fettle chat`: a conversation on the terminal. */
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { Chat } from '../../eval/chat.ts';
import type { AddCommand } from '../command.ts';
import { withInterrupt } from '../interrupt.ts';
import type { AdapterFlags } from '../load-with-adapter.ts';
import { addModelFlags } from '../model-flags.ts';
import { errColors as c, tell } from '../output.ts';
import { addSamplingFlags, generateOptions, type SamplingFlags } from '../sampling-flags.ts';

interface Flags extends SamplingFlags, AdapterFlags {
  system?: string;
}

export const addChat: AddCommand = (program: Command) => {
  const command = program
    .command('chat')
    .description('talk with a model; /clear forgets, /exit leaves')
    .requiredOption('--model <model>', 'hub id, folder or .gguf file')
    .option('--adapter <folder>', 'a PEFT adapter on top of it')
    .option('--system <text>', 'what the model is told before the conversation');
  addModelFlags(addSamplingFlags(command)).action(run);
};

async function run(flags: Flags): Promise<void> {
  const { Chat } = await import('../../eval/chat.ts');
  const { loadWithAdapter } = await import('../load-with-adapter.ts');
  using model = await loadWithAdapter(flags);
  const chat = new Chat(model, { ...generateOptions(flags), ...(flags.system !== undefined && { system: flags.system }) });
  if (process.stdin.isTTY) tell(c.dim('/clear forgets the conversation, /exit or Ctrl-D leaves, Ctrl-C stops an answer'));
  const lines = createInterface({
    input: process.stdin,
    output: process.stderr,
    prompt: c.bold('> '),
    terminal: process.stdin.isTTY === true,
  });
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  if (process.stdin.isTTY) lines.prompt();
  for await (const line of lines) {
    const message = line.trim();
    if (message === '/exit') break;
    if (message === '/clear') chat.clear();
    else if (message !== '') await answer(chat, message);
    if (process.stdin.isTTY) lines.prompt();
  }
  lines.close();
}

async function answer(chat: Chat, message: string): Promise<void> {
  await withInterrupt('stopping the answer', async (signal) => {
    for await (const { text } of chat.send(message, signal)) process.stdout.write(text);
    process.stdout.write('\n');
  });
}
