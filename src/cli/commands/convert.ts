/** `fettle convert`: the rows of a file in another shape, or as the tokens that training would use. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { DataFormat, FettleConfig } from '../../config/schema.ts';
import { defaultAt, wordsAt } from '../../config/walk.ts';
import type { ConvertTarget } from '../../data/convert.ts';
import type { Dataset } from '../../data/dataset.ts';
import { chosenOf } from '../../data/shapes/preference.ts';
import type { RawRow } from '../../data/shapes/shape-parser.ts';
import { FettleError } from '../../errors.ts';
import type { AddCommand } from '../command.ts';
import { wholeNumber } from '../number-flags.ts';
import { errColors as c, tell } from '../output.ts';
import { tellReview } from '../tell-review.ts';

interface Flags {
  to: ConvertTarget | 'tokens';
  model?: string;
  format: DataFormat;
  trainOn: FettleConfig['data']['train_on'];
  maxLength: number;
  longExamples: FettleConfig['data']['long_examples'];
  out: string;
  rename: Record<string, string>;
}

const setting = (flag: string, field: string, description: string) =>
  new Option(flag, description).choices(wordsAt(['data', field])).default(defaultAt(['data', field]));

export const addConvert: AddCommand = (program: Command) => {
  program
    .command('convert')
    .description('write data in another shape, or as the tokens that training would use')
    .argument('<data>', 'the file to convert')
    .addOption(
      new Option('--to <shape>', 'the shape to write')
        .choices(['tokens', 'messages', 'alpaca', 'sharegpt', 'prompt-completion'])
        .makeOptionMandatory(),
    )
    .option('--model <model>', 'with --to tokens: hub id, folder or .gguf file')
    .addOption(setting('--format <format>', 'format', 'the shape of the file'))
    .addOption(setting('--train-on <what>', 'train_on', 'with --to tokens: which tokens the loss counts'))
    .option('--max-length <tokens>', 'with --to tokens: the longest example', wholeNumber(2), defaultAt(['data', 'max_length']) as number)
    .addOption(setting('--long-examples <what>', 'long_examples', 'with --to tokens: what happens to a longer one'))
    .option(
      '--rename <column=field>',
      'read a column under another name, for example question=prompt (again for more)',
      (value: string, before: Record<string, string>) => ({ ...before, ...renaming(value) }),
      {},
    )
    .option('--out <file>', 'where to write JSON Lines; - is stdout', '-')
    .action(convert);
};

function renaming(text: string): Record<string, string> {
  const [column, field] = text.split('=');
  if (!column || !field) throw new InvalidArgumentError('expected column=field, for example question=prompt');
  return { [column]: field };
}

async function convert(file: string, flags: Flags): Promise<void> {
  const { loadDataset } = await import('../../data/dataset.ts');
  if (flags.to === 'tokens' && flags.model === undefined) {
    throw new FettleError('FETTLE_USAGE', 'expected --model beside --to tokens, found none', { hint: 'the tokens depend on the model' });
  }
  const { mapRecord, chosen } = recordMap(flags.rename);
  const dataset = await loadDataset(file, { format: flags.format, mapRecord });
  if (chosen.rows > 0)
    tell(`${c.yellow('warning')}: of ${chosen.rows} preference pairs the chosen answer is kept, the rejected one is lost`);
  tellReview(dataset.review);
  const rows = flags.to === 'tokens' ? await asTokens(dataset, flags) : await asShape(dataset, flags.to, flags.out);
  await writeLines(flags.out, rows);
}

/** Renames columns and takes the chosen answer of preference pairs, which it counts. */
function recordMap(renames: Readonly<Record<string, string>>): {
  mapRecord: (record: RawRow) => RawRow;
  chosen: { rows: number };
} {
  const chosen = { rows: 0 };
  const mapRecord = (record: RawRow): RawRow => {
    const renamed = Object.fromEntries(Object.entries(record).map(([key, value]) => [renames[key] ?? key, value]));
    const pair = chosenOf(renamed);
    if (pair !== undefined) chosen.rows++;
    return pair ?? renamed;
  };
  return { mapRecord, chosen };
}

async function asTokens(dataset: Dataset, flags: Flags): Promise<object[]> {
  const { findSeals, refuseSealed } = await import('../../data/seal.ts');
  const { encodeDataset, keptText } = await import('../../data/encode.ts');
  const { openWithProgress } = await import('../open-with-progress.ts');
  refuseSealed(dataset.rows, await findSeals({ data: [dataset.path] }), 'conversion to tokens');
  const { tokenizer, chatTemplate, eosIds, config } = await openWithProgress(flags.model!);
  const { rows, report } = await encodeDataset(dataset, {
    tokenizer,
    chatTemplate,
    eosIds,
    train_on: flags.trainOn,
    max_length: flags.maxLength,
    long_examples: flags.longExamples,
    max_positions: config.max_positions,
    vocab_size: config.vocab_size,
  });
  tell(`${keptText(report)}; ${report.tokens} tokens, ${report.supervised_tokens} supervised, the longest row has ${report.longest}`);
  return rows.map(({ input_ids, labels }) => ({ input_ids, labels }));
}

async function asShape(dataset: Dataset, to: ConvertTarget, out: string): Promise<object[]> {
  const { carrySeals } = await import('../../data/carry-seals.ts');
  const { convertRow } = await import('../../data/convert.ts');
  const losses = new Map<string, number>();
  const rows = dataset.rows.map((row) => {
    const { row: converted, lost } = convertRow(row, to);
    for (const what of lost) losses.set(what, (losses.get(what) ?? 0) + 1);
    return converted;
  });
  for (const [what, count] of losses) tell(`${c.yellow('warning')}: ${to} cannot hold ${what}: lost in ${count} of ${rows.length} rows`);
  if (out !== '-') await carrySeals(dataset.rows, dataset.path, out);
  return rows;
}

async function writeLines(out: string, rows: readonly object[]): Promise<void> {
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  if (out === '-') {
    process.stdout.write(text);
    return;
  }
  const { replaceText } = await import('../../atomic-file.ts');
  await replaceText(out, text);
}
