/** What can be told of the turns of a record that is no usable row, for a reviewer to complete. */
import { isObject } from '../parse-row.ts';
import type { Shape } from '../row.ts';
import type { EditedTurn } from './decision.ts';
import type { RowRecord } from './edit-record.ts';

type Role = EditedTurn['role'];

const rolesByName: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  tool: 'tool',
  observation: 'tool',
};

/** The turns, with '' for what is missing; undefined where nothing can be told. */
export function draftTurns(record: RowRecord, shape: Shape): EditedTurn[] | undefined {
  switch (shape) {
    case 'alpaca': {
      const question = [record.instruction, record.input].map(textOf).filter((text) => text !== '');
      const system = textOf(record.system);
      return [
        ...(system === '' ? [] : [turn('system', system)]),
        turn('user', question.join('\n\n')),
        turn('assistant', textOf(record.output)),
      ];
    }
    case 'prompt-completion':
      return isList(record.prompt) || isList(record.completion)
        ? undefined
        : [turn('user', textOf(record.prompt)), turn('assistant', textOf(record.completion))];
    case 'messages':
      return fromList(record.messages, 'role', 'content');
    case 'sharegpt':
      return fromList(record.conversations, 'from', 'value');
    case 'text':
      return [turn('text', textOf(record.text))];
    case 'tokens':
      return undefined;
  }
}

const turn = (role: Role, content: string): EditedTurn => ({ role, content });
const textOf = (value: unknown): string => (typeof value === 'string' && value.trim() !== '' ? value : '');
const isList = (value: unknown): boolean => Array.isArray(value);

function fromList(list: unknown, roleKey: string, textKey: string): EditedTurn[] | undefined {
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const turns = (list as unknown[]).map((one) => {
    const role = isObject(one) ? rolesByName[String(one[roleKey])] : undefined;
    return role === undefined ? undefined : turn(role, textOf((one as RowRecord)[textKey]));
  });
  const known = turns.filter((one) => one !== undefined);
  return known.length === turns.length ? known : undefined;
}
