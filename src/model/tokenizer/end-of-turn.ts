import type { ChatTemplate, Turn } from '../chat-template.ts';
import type { Tokenizer } from './tokenizer.ts';

const question: Turn = { role: 'user', content: 'fettleprobequestion' };
const answer: Turn = { role: 'assistant', content: 'fettleprobeanswer' };

/** The added token that follows `answer` in the rendered turns, white space aside; undefined when other text follows or nothing does. */
function tokenAfterAnswer(tokenizer: Tokenizer, chatTemplate: ChatTemplate, turns: readonly Turn[]): number | undefined {
  const rendered = chatTemplate.render(turns, { addGenerationPrompt: false });
  const at = rendered.lastIndexOf(answer.content);
  if (at < 0) return undefined;
  const end = at + answer.content.length;
  const { ids, offsets } = tokenizer.encode(rendered);
  const next = offsets.findIndex(([from, to]) => rendered.slice(Math.max(from, end), Math.max(to, end)).trim() !== '');
  return tokenizer.addedTokens.find((token) => token.id === ids[next])?.id;
}

/**
 * Ids of the tokens that the template writes right after an assistant turn: the ones to train as "stop here" and to stop at.
 * The one after a last turn comes first; a template that ends inner turns with another token adds that one.
 * Empty when the template marks no end. Throws `FETTLE_TEMPLATE` when it cannot render a question and its answer.
 */
export function endOfTurnIds(tokenizer: Tokenizer, chatTemplate: ChatTemplate): number[] {
  const last = tokenAfterAnswer(tokenizer, chatTemplate, [question, answer]);
  if (last === undefined) return [];
  const inner = tokenAfterAnswer(tokenizer, chatTemplate, [question, answer, question]);
  return inner === undefined || inner === last ? [last] : [last, inner];
}
