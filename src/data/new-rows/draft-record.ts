/** A draft as a record of the data's shape. */
import type { Draft, Plan } from './plan.ts';

export function draftRecord(
  { topic, question, answer }: Draft,
  { shape, instruction }: Pick<Plan, 'shape' | 'instruction'>,
): Record<string, unknown> {
  const label = topic.trim() === '' ? {} : { topic: topic.trim() };
  const [asked, said, told] = [question.trim(), answer.trim(), instruction.trim()];
  switch (shape) {
    case 'alpaca':
      return { ...label, ...(told === '' ? { instruction: asked, input: '' } : { instruction: told, input: asked }), output: said };
    case 'prompt-completion':
      return { ...label, prompt: told === '' ? asked : `${told}\n\n${asked}`, completion: said };
    case 'messages':
      return {
        ...label,
        messages: [...system('role', 'content', told), { role: 'user', content: asked }, { role: 'assistant', content: said }],
      };
    case 'sharegpt':
      return { ...label, conversations: [...system('from', 'value', told), { from: 'human', value: asked }, { from: 'gpt', value: said }] };
  }
}

function system(roleKey: string, textKey: string, text: string): Record<string, string>[] {
  return text === '' ? [] : [{ [roleKey]: 'system', [textKey]: text }];
}
