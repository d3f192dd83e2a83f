/** Every token at which a model means to stop. */
import { FettleError } from '../errors.ts';
import type { ChatTemplate } from './chat-template.ts';
import type { GgufMetadata } from './gguf.ts';
import type { JsonObject } from './json-file.ts';
import { formatError, shown } from './model-error.ts';
import { endOfTurnIds } from './tokenizer/end-of-turn.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';

/** `eos_token_id` of config.json or generation_config.json: one id, a list, or nothing. */
export function configEosIds(file: string, config: JsonObject): number[] {
  const value = config.get('eos_token_id') ?? [];
  const ids: unknown[] = Array.isArray(value) ? value : [value];
  const bad = ids.find((id) => !Number.isInteger(id) || (id as number) < 0);
  if (bad !== undefined) throw formatError(file, `expected token ids, found ${shown(bad)}`, { field: 'eos_token_id' });
  return ids as number[];
}

/** The ends of text, turn and message that GGUF metadata name. */
export function ggufEosIds(metadata: GgufMetadata): number[] {
  const keys = ['eos_token_id', 'eot_token_id', 'eom_token_id'];
  return keys.map((key) => metadata.get(`tokenizer.ggml.${key}`)).filter((id) => typeof id === 'number');
}

/** The ids given, the tokenizer's end of text and the template's end of turn; each once, all below `vocabSize`. */
export function allEosIds(
  given: readonly number[],
  text: { tokenizer: Tokenizer | null; chatTemplate: ChatTemplate | null },
  vocabSize: number,
): number[] {
  const ids = [...given, ...tokenizerEosIds(text.tokenizer, text.chatTemplate)];
  return [...new Set(ids)].filter((id) => id < vocabSize);
}

function tokenizerEosIds(tokenizer: Tokenizer | null, chatTemplate: ChatTemplate | null): number[] {
  if (tokenizer === null) return [];
  const eos = tokenizer.eosId === undefined ? [] : [tokenizer.eosId];
  if (chatTemplate === null) return eos;
  try {
    return [...eos, ...endOfTurnIds(tokenizer, chatTemplate)];
  } catch (error) {
    // Whoever renders with this template gets the error; a model that is only read need not fail on it.
    if (error instanceof FettleError && error.code === 'FETTLE_TEMPLATE') return eos;
    throw error;
  }
}
