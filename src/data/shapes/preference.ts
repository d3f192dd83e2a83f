/**
 * Preference pairs as the supervised rows that they hold: the question and the chosen answer. {"prompt", "chosen", "rejected"} (TRL),
 * {"instruction" or "conversations", "chosen", "rejected"} (LLaMA-Factory), {"input": {"messages"}, "preferred_output"} (OpenAI).
 */
import type { RawRow } from './shape-parser.ts';

/** The row with its chosen answer only; undefined for what is no preference pair. */
export function chosenOf(row: RawRow): RawRow | undefined {
  const { input, preferred_output: preferred, non_preferred_output: _other, ...fields } = row;
  const asked = input as { messages?: unknown; tools?: unknown } | undefined;
  if (Array.isArray(preferred) && Array.isArray(asked?.messages)) {
    const tools = asked.tools === undefined ? {} : { tools: asked.tools };
    return { ...fields, ...tools, prompt: asked.messages, completion: preferred };
  }
  const { chosen, rejected: _rejected, ...rest } = row;
  if (chosen === undefined || chosen === null) return undefined;
  if (Array.isArray(rest.conversations)) return { ...rest, conversations: [...(rest.conversations as unknown[]), chosen] };
  if (rest.instruction !== undefined) return { ...rest, output: chosen };
  if (rest.prompt !== undefined) return { ...rest, completion: withoutPrompt(chosen, rest.prompt) };
  return Array.isArray(chosen) ? { ...rest, messages: chosen } : undefined;
}

/** Some files repeat the prompt's messages at the beginning of the chosen ones. */
function withoutPrompt(chosen: unknown, prompt: unknown): unknown {
  if (!Array.isArray(chosen) || !Array.isArray(prompt)) return chosen;
  const repeats = prompt.every((message, i) => JSON.stringify(message) === JSON.stringify(chosen[i]));
  return repeats && chosen.length > prompt.length ? (chosen.slice(prompt.length) as unknown[]) : chosen;
}
