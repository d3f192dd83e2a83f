/** `npm run quickstart`: fine-tunes a small model on the bundled examples and shows base and tuned side by side. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { readConfigFile } from '../../config/load.ts';
import { compare } from '../../eval/compare.ts';
import { finetune } from '../../train/finetune.ts';
import { endOnInterrupt, interrupted, withInterrupt } from '../interrupt.ts';
import { duration } from '../numbers.ts';
import { loadWithProgress } from '../open-with-progress.ts';
import { outColors as c, endQuietlyOnClosedPipe, printLine, tell } from '../output.ts';
import { packageFolder } from '../package-info.ts';
import { printError } from '../print-error.ts';
import { sideBySide } from '../side-by-side.ts';
import { TrainProgress } from '../train-progress.ts';
import { bundledModel, chooseModel, type ModelWish } from './choose-model.ts';
import { LossTable } from './loss-table.ts';
import { validationQuestions } from './questions.ts';

const recipes = path.join('examples', 'zenith');
const questionsShown = 3;
/** A little chance: a model this small repeats itself when it always takes the likeliest token. */
const answers = { max_tokens: 160, sampling: { temperature: 0.3, top_p: 0.9, seed: 1 } };

interface Flags extends ModelWish {
  set: string[];
}

async function quickstart({ set, ...wish }: Flags): Promise<number> {
  const begun = performance.now();
  process.chdir(packageFolder);
  const model = await chooseModel(wish, tell);
  const recipe = path.join(recipes, model === bundledModel ? 'quickstart-tiny.yaml' : 'quickstart.yaml');
  const overrides = [`model=${JSON.stringify(model)}`, `output_dir=${freeFolder('runs/quickstart')}`, ...set];
  const { config, input } = await readConfigFile(recipe, overrides);
  tell(`fine-tuning ${config.model} on ${config.data.path ?? config.data.train}`);

  const progress = new TrainProgress();
  const losses = new LossTable();
  const adapter = await withInterrupt('stopping: saving a checkpoint', async (signal) => {
    let result: string | null = null;
    for await (const event of finetune(input, { signal, config_file: recipe, onProgress: progress.loading })) {
      progress.show(event);
      losses.observe(event);
      if (event.type === 'done') result = event.path;
    }
    return result;
  }).finally(() => progress.clear());
  if (adapter === null) return interrupted;

  printLine(`\n${losses}\n`);
  const prompts = await validationQuestions(config, questionsShown);
  tell(`${prompts.length} questions of the validation part, answered by ${config.model} and by the tuned model:`);
  using loaded = await loadWithProgress(config.model, config);
  for await (const { prompt, base, tuned } of compare(loaded, { adapter, prompts, ...answers })) {
    const question = typeof prompt === 'string' ? prompt : (prompt.at(-1)?.content ?? '');
    const comparison = { question, left: { title: 'base', text: base.text }, right: { title: 'tuned', text: tuned.text } };
    printLine(`\n${sideBySide(comparison, process.stdout.columns ?? 120)}`);
  }
  printLine(`\nmodel    ${config.model}`);
  printLine(`adapter  ${c.bold(path.resolve(adapter))} (PEFT; the run is in ${config.output_dir})`);
  printLine(`time     ${duration((performance.now() - begun) / 1000)}`);
  tell(`\nask it more: npx fettle chat --model ${config.model} --quantization ${config.quantization} --adapter ${adapter}`);
  return 0;
}

/** `folder`, or `folder-2` and so on where runs lie already. */
function freeFolder(folder: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? folder : `${folder}-${n}`;
    if (!existsSync(name)) return name;
  }
}

async function main(args: readonly string[]): Promise<number> {
  const flags = new Command('npm run quickstart --')
    .description('Fine-tunes a small model on the bundled examples and shows base and tuned side by side.')
    .option('--tiny', 'the small model of this checkout: no download, about a minute; it shows how it works, not good answers')
    .option('--model <model>', 'another model: hub id, folder or .gguf file')
    .option(
      '--set <key=value>',
      'change a setting of the recipe (again for more)',
      (value: string, before: string[]) => [...before, value],
      [],
    )
    .parse([...args], { from: 'user' })
    .opts<Flags>();
  try {
    return await quickstart(flags);
  } catch (error) {
    return printError(error, false);
  }
}

endQuietlyOnClosedPipe();
endOnInterrupt();
process.exitCode = await main(process.argv.slice(2));
