/** The one renderer: training, evaluation, generation and serving all turn conversations into text here. */
import { FettleError } from '../errors.ts';
import type { ChatTemplate } from '../model/chat-template.ts';
import type { ChatRow, TextRow, Turn } from './row.ts';

/** What the renderer needs of a chat template. */
export type TemplateRenderer = Pick<ChatTemplate, 'render'>;

export interface RenderOptions {
  chatTemplate: TemplateRenderer | null;
  /** The text of the end-of-text token, '' when the tokenizer has none; ends rows that no chat template renders. */
  eosToken: string;
}

/** One answer in a rendered text, in UTF-16 code units. The stop token follows `contentEnd`. */
export interface Answer {
  /** Index of the turn; 0 for text rows. */
  turn: number;
  /** Where the model begins to speak: the end of the generation prompt. */
  start: number;
  contentEnd: number;
  /** It is trained up to `contentEnd` and no further: the row says itself where it stops. */
  exact?: true;
}

export interface RenderedRow {
  text: string;
  answers: Answer[];
}

/** The text of a row as the model will see it, and where its trained answers lie. Throws FETTLE_TEMPLATE (without a place). */
export function renderRow(row: ChatRow | TextRow, options: RenderOptions): RenderedRow {
  const { chatTemplate, eosToken } = options;
  if (row.kind === 'text' && row.trained !== undefined)
    return { text: row.text, answers: row.trained.map(([start, contentEnd], turn) => ({ turn, start, contentEnd, exact: true })) };
  if (row.kind === 'text')
    return { text: withEos(row.text, eosToken), answers: [{ turn: 0, start: 0, contentEnd: lengthWithoutEos(row.text, eosToken) }] };
  if (chatTemplate !== null) return renderChat(row, chatTemplate);
  if (!row.plain) throw noTemplate(`a conversation of the shape ${row.shape}`);
  const [prompt, completion] = row.turns.map((turn) => turn.content) as [string, string];
  const contentEnd = prompt.length + lengthWithoutEos(completion, eosToken);
  return { text: prompt + withEos(completion, eosToken), answers: [{ turn: 1, start: prompt.length, contentEnd }] };
}

/**
 * The text to continue when the model is to answer `turns`: the same characters that training put before the answer.
 * Without a chat template a single user turn is taken as it is.
 */
export function renderPrompt(turns: readonly Turn[], chatTemplate: TemplateRenderer | null, tools?: unknown[]): string {
  if (chatTemplate === null) {
    const [only] = turns;
    if (turns.length === 1 && only?.role === 'user') return only.content;
    throw noTemplate(`${turns.length} turns`);
  }
  const prompt = render(chatTemplate, turns, true, tools);
  const before = aroundContent(chatTemplate, [...turns, { role: 'assistant', content: '' }], turns.length, tools)?.before;
  return before !== undefined && hasOwnHeader(chatTemplate, turns, prompt, before, tools) ? before : prompt;
}

function noTemplate(found: string): FettleError {
  return new FettleError('FETTLE_TEMPLATE', `expected a model with a chat template, found one without, and ${found}`, {
    hint: 'Use an instruct model, or prompt-completion rows of plain texts (fettle convert --to prompt-completion).',
  });
}

function withEos(text: string, eosToken: string): string {
  return text.endsWith(eosToken) ? text : text + eosToken;
}

function lengthWithoutEos(text: string, eosToken: string): number {
  return text.length - (text.endsWith(eosToken) ? eosToken.length : 0);
}

function render(template: TemplateRenderer, turns: readonly Turn[], addGenerationPrompt: boolean, tools?: unknown[]): string {
  return template.render(turns, { addGenerationPrompt, ...(tools && { tools }) });
}

function renderChat(row: ChatRow, template: TemplateRenderer): RenderedRow {
  const text = render(template, row.turns, false, row.tools);
  const answers: Answer[] = [];
  for (const [turn, { role }] of row.turns.entries()) {
    if (role !== 'assistant' || row.untrained.has(turn)) continue;
    const around = aroundContent(template, row.turns, turn, row.tools);
    const contentEnd = around !== undefined && text.endsWith(around.after) ? text.length - around.after.length : undefined;
    const start = contentEnd === undefined ? undefined : answerStart(row, turn, text, around!.before, template);
    if (start === undefined || contentEnd === undefined || start > contentEnd) {
      throw new FettleError('FETTLE_TEMPLATE', `expected the chat template to contain the text of turn ${turn}, found that it does not`, {
        hint: 'The template drops or rewrites this turn; split the conversation, or use a model whose template keeps it.',
      });
    }
    answers.push({ turn, start, contentEnd });
  }
  return { text, answers };
}

/** Where the answer of `turn` begins in `text`: after the generation prompt, else after what the template writes before the content. */
function answerStart(row: ChatRow, turn: number, text: string, before: string, template: TemplateRenderer): number | undefined {
  const turns = row.turns.slice(0, turn);
  const prompt = quietly(() => render(template, turns, true, row.tools));
  const startsAtContent = text.startsWith(before) ? before.length : undefined;
  if (prompt === undefined || !text.startsWith(prompt)) return startsAtContent;
  if (startsAtContent !== undefined && hasOwnHeader(template, turns, prompt, before, row.tools)) return startsAtContent;
  return prompt.length;
}

/** The template ignores add_generation_prompt and writes the assistant's header with the answer only: then the header is no answer. */
function hasOwnHeader(template: TemplateRenderer, turns: readonly Turn[], prompt: string, before: string, tools?: unknown[]): boolean {
  if (!before.startsWith(prompt) || before.slice(prompt.length).trim() === '') return false;
  return quietly(() => render(template, turns, false, tools)) === prompt;
}

/**
 * What surrounds a turn's content, found by rendering the conversation with a mark in its place: exact where the template trims the
 * content, and where another turn has the same words.
 */
function aroundContent(
  template: TemplateRenderer,
  turns: readonly Turn[],
  turn: number,
  tools?: unknown[],
): { before: string; after: string } | undefined {
  const mark = `\uE000turn ${turn}\uE001`;
  const marked = turns.map((other, i) => (i === turn ? { ...other, content: mark } : other));
  const text = quietly(() => render(template, marked, false, tools));
  const at = text?.indexOf(mark) ?? -1;
  if (text === undefined || at < 0 || text.indexOf(mark, at + 1) >= 0) return undefined;
  return { before: text.slice(0, at), after: text.slice(at + mark.length) };
}

/** A template may refuse a part of a conversation that it accepts as a whole: then that part tells nothing. */
function quietly(render: () => string): string | undefined {
  try {
    return render();
  } catch (error) {
    if (error instanceof FettleError && error.code === 'FETTLE_TEMPLATE') return undefined;
    throw error;
  }
}
