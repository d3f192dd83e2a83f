/** `fettle tokenize`: what the model will really see. */
import { FettleError } from '../../errors.ts';
import type { ModelSource } from '../../model/source.ts';
import type { Tokenizer } from '../../model/tokenizer/tokenizer.ts';
import type { AddCommand } from '../command.ts';
import type { Conversation } from '../conversation-file.ts';
import { readJsonStrings } from '../json-strings.ts';
import { outColors as c, printJson, printLine } from '../output.ts';

interface Flags {
  model: string;
  text?: string;
  file?: string;
  messages?: string;
  addGenerationPrompt?: true;
  special: boolean;
  json?: true;
}

interface Tokenized {
  text: string;
  ids: number[];
  tokens: string[];
}

export const addTokenize: AddCommand = (program) => {
  program
    .command('tokenize')
    .description('print the tokens of a text or a conversation as the model will see them')
    .requiredOption('--model <model>', 'hub id, folder or .gguf file')
    .option('--text <text>', 'a text')
    .option('--file <file>', 'texts, each line a JSON string')
    .option('--messages <file>', 'a conversation as JSON, or one a line')
    .option('--add-generation-prompt', 'with --messages: up to where the model begins to answer')
    .option('--no-special', 'add no BOS or EOS token')
    .option('--json', 'one object a line: text, ids, tokens')
    .action(tokenize);
};

async function tokenize(flags: Flags): Promise<void> {
  const inputs = [flags.text, flags.file, flags.messages].filter((input) => input !== undefined);
  if (inputs.length !== 1) throw new FettleError('FETTLE_USAGE', `expected one of --text, --file and --messages, found ${inputs.length}`);
  const { openWithProgress } = await import('../open-with-progress.ts');
  const texts = flags.text !== undefined ? [flags.text] : flags.file !== undefined ? await readJsonStrings(flags.file) : [];
  const conversations =
    flags.messages === undefined ? [] : await (await import('../conversation-file.ts')).readConversations(flags.messages);
  const source = await openWithProgress(flags.model);
  const tokenizer = tokenizerOf(source);
  for (const text of texts) {
    const { ids, tokens } = tokenizer.encode(text, { addSpecialTokens: flags.special });
    print({ text, ids, tokens }, flags);
  }
  for (const conversation of conversations) print(await tokenizeConversation(conversation, source, flags), flags);
}

async function tokenizeConversation({ turns, tools }: Conversation, source: ModelSource, flags: Flags): Promise<Tokenized> {
  const { renderPrompt } = await import('../../data/render.ts');
  const { encodePrompt } = await import('../../data/encode-row.ts');
  const { chatTemplate } = source;
  const tokenizer = tokenizerOf(source);
  if (chatTemplate === null)
    throw new FettleError('FETTLE_TEMPLATE', `expected a model with a chat template, found ${source.name} without one`);
  const text = flags.addGenerationPrompt
    ? renderPrompt(turns, chatTemplate, tools)
    : chatTemplate.render(turns, { addGenerationPrompt: false, tools });
  const ids = flags.special ? encodePrompt(text, tokenizer) : tokenizer.encode(text).ids;
  return { text, ids, tokens: ids.map((id) => tokenizer.idToToken(id) ?? '') };
}

function tokenizerOf({ tokenizer, name }: ModelSource): Tokenizer {
  if (tokenizer !== null) return tokenizer;
  throw new FettleError('FETTLE_TOKENIZER', `expected a model with a tokenizer, found ${name} without one`, {
    hint: 'put its tokenizer.json beside config.json',
  });
}

function print(tokenized: Tokenized, { json }: Flags): void {
  if (json) {
    printJson(tokenized);
    return;
  }
  const width = Math.max(2, ...tokenized.ids.map((id) => String(id).length));
  for (const [i, id] of tokenized.ids.entries()) printLine(`${c.dim(String(id).padStart(width))}  ${JSON.stringify(tokenized.tokens[i])}`);
  printLine(c.dim(`${tokenized.ids.length} tokens`));
}
