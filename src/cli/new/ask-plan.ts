/** The questions before the first row of a new data set. */
import * as prompts from '@clack/prompts';
import { defaultPlan, type NewShape, type Plan } from '../../data/new-rows/plan.ts';
import { FettleError } from '../../errors.ts';

const output = process.stderr;

/** Asks for what no flag gave. Throws FETTLE_INTERRUPTED when the person leaves. */
export async function askPlan(given: Partial<Omit<Plan, 'draft'>>): Promise<Omit<Plan, 'draft'>> {
  prompts.intro('fettle new: the first examples, by hand', { output });
  const shape =
    given.shape ?? (answered(await prompts.select({ message: 'What does a row look like?', options: [...shapes], output })) as NewShape);
  const instruction =
    given.instruction ??
    (await text('What is the model told in every row? One instruction, or nothing', 'Answer the customer as a helpful agent.'));
  const topics =
    given.topics ?? list(await text('Which topics should the examples cover? Divided by commas, or nothing', 'returns, shipping, repair'));
  const goal =
    given.goal ??
    Number(await text('How many examples? 50 to 100 are a good beginning', String(defaultPlan.goal), isWhole, String(defaultPlan.goal)));
  return { shape, instruction, topics, goal };
}

const shapes: readonly { value: NewShape; label: string; hint: string }[] = [
  { value: 'alpaca', label: 'instruction, input and output', hint: 'one instruction for all rows, a question, an answer' },
  { value: 'messages', label: 'a chat: messages', hint: 'system, user and assistant' },
  { value: 'prompt-completion', label: 'prompt and completion', hint: 'two texts' },
  { value: 'sharegpt', label: 'a chat: conversations', hint: 'human and gpt' },
];

/** The parts of a list that a person wrote. */
export function list(text: string): string[] {
  return [...new Set(text.split(',').map((part) => part.trim()))].filter((part) => part !== '');
}

const isWhole = (answer: string) => (/^[1-9]\d*$/.test(answer) ? undefined : 'a whole number, 1 or more');

async function text(
  message: string,
  placeholder: string,
  check: (answer: string) => string | undefined = () => undefined,
  defaultValue = '',
): Promise<string> {
  const validate = (answer: string | undefined) => (answer === undefined || answer.trim() === '' ? undefined : check(answer.trim()));
  return answered(await prompts.text({ message, placeholder, defaultValue, validate, output })).trim();
}

function answered(answer: string | symbol): string {
  if (typeof answer === 'string') return answer;
  throw new FettleError('FETTLE_INTERRUPTED', 'new was left; nothing was written');
}
