/** The questions of `fettle init`. */
import { existsSync } from 'node:fs';
import * as prompts from '@clack/prompts';
import { FettleError } from '../../errors.ts';
import { type Answers, dataCandidates, suggestedModel, suggestedOutputDir } from './answers.ts';

const output = process.stderr;

/** Asks for what no flag gave. Throws FETTLE_INTERRUPTED when the person leaves. */
export async function ask(given: Partial<Answers>): Promise<Answers> {
  prompts.intro('fettle init', { output });
  const model = given.model ?? (await text('Which model? A hub id, a folder or a .gguf file', suggestedModel));
  const [candidate = ''] = dataCandidates();
  const data =
    given.data ??
    (await text('Which file holds the examples?', candidate, (file) => (existsSync(file) ? undefined : `there is no file ${file}`)));
  const method =
    given.method ??
    (await choose('What is trained?', [
      { value: 'lora', label: 'an adapter (LoRA)', hint: 'small, quick, keeps the base as it is' },
      { value: 'full', label: 'all weights', hint: 'many examples and much memory' },
    ]));
  const quantization =
    given.quantization ??
    (method === 'full'
      ? 'none'
      : await choose('How is the base kept in memory?', [
          { value: 'nf4', label: '4 bits (NF4)', hint: 'about a quarter of the memory' },
          { value: 'none', label: '16 bits', hint: 'a little more exact, above all for small models' },
        ]));
  const epochs =
    given.epochs ??
    Number(await text('How many passes over the examples?', '3', (answer) => (Number(answer) > 0 ? undefined : 'a number above 0')));
  const outputDir = given.outputDir ?? (await text('Where does the run go?', suggestedOutputDir(data)));
  return { model, data, method, quantization, epochs, outputDir };
}

async function text(
  message: string,
  initialValue: string,
  check: (answer: string) => string | undefined = () => undefined,
): Promise<string> {
  const validate = (answer: string | undefined) =>
    answer === undefined || answer.trim() === '' ? 'an answer is needed' : check(answer.trim());
  return answered(await prompts.text({ message, initialValue, validate, output })).trim();
}

async function choose<const T extends string>(message: string, options: { value: T; label: string; hint: string }[]): Promise<T> {
  return answered(await prompts.select<string>({ message, options, output })) as T;
}

function answered(answer: string | symbol): string {
  if (typeof answer === 'string') return answer;
  throw new FettleError('FETTLE_INTERRUPTED', 'init was left; nothing was written');
}
