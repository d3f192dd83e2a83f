/** Conversations for `tokenize --messages` and `generate --messages`: unlike training rows they may end with the user. */

import { z } from 'zod';
import { readText } from '../config/read-text.ts';
import { FettleError, type Problem } from '../errors.ts';
import type { Turn } from '../model/chat-template.ts';

export interface Conversation {
  turns: Turn[];
  tools?: unknown[];
}

const turn = z.looseObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string(),
});
const turns = z.array(turn).min(1);
const conversation = z.union([turns, z.object({ messages: turns, tools: z.array(z.unknown()).optional() })]);

/**
 * Reads one conversation (a JSON array of messages, or an object with `messages` and perhaps `tools`), or one a line.
 * Throws FETTLE_DATA with every bad line, FETTLE_DATA_EMPTY.
 */
export async function readConversations(file: string): Promise<Conversation[]> {
  const text = await readText(file, { what: 'a conversation', notUtf8: 'FETTLE_DATA_ENCODING' });
  const whole = parseJson(text);
  const entries = whole === undefined ? lines(text) : [{ line: 1, value: whole }];
  if (entries.length === 0) throw new FettleError('FETTLE_DATA_EMPTY', `expected a conversation in ${file}, found nothing`);
  const problems: Problem[] = [];
  const found = entries.flatMap(({ line, value }): Conversation[] => {
    const parsed = conversation.safeParse(value);
    if (!parsed.success) {
      const hint = 'a conversation is [{"role": "user", "content": "..."}], or {"messages": [...]}';
      problems.push({ file, line, message: 'expected messages with a role and a text', hint });
      return [];
    }
    return Array.isArray(parsed.data) ? [{ turns: parsed.data }] : [{ turns: parsed.data.messages, tools: parsed.data.tools }];
  });
  if (problems.length > 0)
    throw new FettleError('FETTLE_DATA', `expected conversations in ${file}, found ${problems.length} bad ones`, { problems });
  return found;
}

function lines(text: string): { line: number; value: unknown }[] {
  return text.split('\n').flatMap((content, i) => (content.trim() === '' ? [] : [{ line: i + 1, value: parseJson(content) }]));
}

/** Undefined when it is no JSON, which no JSON value is. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
