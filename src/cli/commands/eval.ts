/** `fettle eval`: the loss of a model on a data file. */
import { type Command, Option } from 'commander';
import type { DataFormat, FettleConfig } from '../../config/schema.ts';
import { defaultAt, wordsAt } from '../../config/walk.ts';
import { FettleError } from '../../errors.ts';
import type { Evaluation } from '../../eval/evaluate.ts';
import type { AddCommand } from '../command.ts';
import { withInterrupt } from '../interrupt.ts';
import { LiveLine } from '../live-line.ts';
import type { AdapterFlags } from '../load-with-adapter.ts';
import { addModelFlags, engineSettings } from '../model-flags.ts';
import { wholeNumber } from '../number-flags.ts';
import { grouped } from '../numbers.ts';
import { errColors as c, printJson, printLine, tell } from '../output.ts';
import { tellReview } from '../tell-review.ts';

interface Flags extends AdapterFlags {
  data: string;
  format: DataFormat;
  trainOn: FettleConfig['data']['train_on'];
  maxLength?: number;
  longExamples: FettleConfig['data']['long_examples'];
  openTest?: true;
  reason?: string;
  logitsOut?: string;
  json?: true;
}

const setting = (flag: string, field: string, description: string) =>
  new Option(flag, description).choices(wordsAt(['data', field])).default(defaultAt(['data', field]));

export const addEval: AddCommand = (program: Command) => {
  const command = program
    .command('eval')
    .description('measure the loss of a model on a data file')
    .requiredOption('--model <model>', 'hub id, folder or .gguf file')
    .option('--adapter <folder>', 'a PEFT adapter on top of it')
    .requiredOption('--data <file>', 'the rows')
    .addOption(setting('--format <format>', 'format', 'the shape of the file'))
    .addOption(setting('--train-on <what>', 'train_on', 'which tokens the loss counts'))
    .option('--max-length <tokens>', "the longest example (default: the model's positions)", wholeNumber(2))
    .addOption(setting('--long-examples <what>', 'long_examples', 'what happens to a longer one'))
    .option('--open-test', 'the final exam: use sealed rows, and log it')
    .option('--reason <text>', 'with --open-test: why')
    .option('--logits-out <file>', 'with rows of the shape tokens: write fp32 logits as safetensors')
    .option('--json', 'one object: loss, perplexity, tokens, supervised_tokens, ...');
  addModelFlags(command).action(run);
};

async function run(flags: Flags): Promise<void> {
  const { evaluate } = await import('../../eval/evaluate.ts');
  const { loadWithProgress } = await import('../open-with-progress.ts');
  if ((flags.openTest === true) !== (flags.reason !== undefined)) {
    throw new FettleError('FETTLE_USAGE', 'expected --open-test and --reason together, found one of them', {
      hint: 'for example --open-test --reason "final exam of run 12"',
    });
  }
  using model = await loadWithProgress(flags.model, engineSettings(flags));
  const line = new LiveLine();
  const result = await withInterrupt('stopping', (signal) =>
    evaluate(model, {
      data: flags.data,
      format: flags.format,
      train_on: flags.trainOn,
      long_examples: flags.longExamples,
      ...(flags.adapter !== undefined && { adapter: flags.adapter }),
      ...(flags.maxLength !== undefined && { max_length: flags.maxLength }),
      ...(flags.reason !== undefined && { open_test: { reason: flags.reason } }),
      ...(flags.logitsOut !== undefined && { logits_out: flags.logitsOut }),
      signal,
      onProgress: (done, total) => line.update(`${grouped(done)} of ${grouped(total)} rows`),
    }).finally(() => line.clear()),
  );
  tellReview(result.review);
  for (const warning of result.warnings) tell(`${c.yellow('warning')}: ${warning}`);
  if (flags.json) printJson({ ...result, rows: result.rows.length });
  else printLine(resultText(result));
}

function resultText({ loss, perplexity, tokens, supervised_tokens, rows, test_openings }: Evaluation): string {
  const lines = [
    `loss ${loss.toFixed(4)}, perplexity ${perplexity.toFixed(2)}`,
    `${grouped(rows.length)} rows, ${grouped(tokens)} tokens, ${grouped(supervised_tokens)} supervised`,
  ];
  if (test_openings !== null)
    lines.push(`the sealed test set was opened for this: opened ${test_openings === 1 ? 'once' : `${test_openings} times`} so far`);
  return lines.join('\n');
}
