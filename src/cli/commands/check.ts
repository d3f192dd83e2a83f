/** `fettle check`: everything that is wrong or suspicious in a data file. */
import { type Command, Option } from 'commander';
import { readText } from '../../config/read-text.ts';
import type { DataFormat, FettleConfig } from '../../config/schema.ts';
import { defaultAt, wordsAt } from '../../config/walk.ts';
import type { CheckSummary } from '../../data/check.ts';
import type { Encoder } from '../../data/encode-row.ts';
import type { Finding } from '../../data/findings.ts';
import { FettleError, formatWhere } from '../../errors.ts';
import { CheckProgressBar } from '../check-progress.ts';
import type { AddCommand, SetExitCode } from '../command.ts';
import { LiveLine } from '../live-line.ts';
import { wholeNumber } from '../number-flags.ts';
import { grouped } from '../numbers.ts';
import { outColors as c, printJson, printLine } from '../output.ts';
import { tellReview } from '../tell-review.ts';

interface Flags {
  model?: string;
  facts?: string;
  format: DataFormat;
  trainOn: FettleConfig['data']['train_on'];
  maxLength: number;
  showMask?: true | number;
  json?: true;
}

type CheckModel = Encoder & { max_length: number };

/** Rows whose mask is shown when no number is given. */
const masksShown = 3;

export const addCheck: AddCommand = (program: Command, setExitCode) => {
  program
    .command('check')
    .description('review a data file: unreadable rows, empty answers, duplicates, rows too long for the model')
    .argument('<data>', 'the file to review')
    .option('--model <model>', 'also review what this model would see: hub id, folder or .gguf file')
    .option('--facts <file>', 'a text of what is true: figures in the answers that it does not hold are reported')
    .addOption(new Option('--format <format>', 'the shape of the file').choices(wordsAt(['data', 'format'])).default('auto'))
    .addOption(
      new Option('--train-on <what>', 'which tokens the loss counts')
        .choices(wordsAt(['data', 'train_on']))
        .default(defaultAt(['data', 'train_on'])),
    )
    .option('--max-length <tokens>', 'the longest example', wholeNumber(2), defaultAt(['data', 'max_length']) as number)
    .option(
      '--show-mask [rows]',
      `with --model: show which tokens of the first rows are trained (default: ${masksShown} rows)`,
      wholeNumber(1),
    )
    .option('--json', 'one finding a line, then the summary')
    .action((file: string, flags: Flags) => check(file, flags, setExitCode));
};

async function check(file: string, flags: Flags, setExitCode: SetExitCode): Promise<void> {
  const { checkDataset } = await import('../../data/check.ts');
  if (flags.showMask !== undefined && flags.model === undefined) {
    throw new FettleError('FETTLE_USAGE', 'expected --model beside --show-mask, found none', { hint: 'the tokens depend on the model' });
  }
  const model = flags.model === undefined ? undefined : await checkModel(flags.model, flags);
  if (flags.showMask !== undefined && model !== undefined) await showMasks(file, model, flags);
  const facts = flags.facts === undefined ? undefined : await readText(flags.facts, { what: 'facts', notUtf8: 'FETTLE_DATA_ENCODING' });
  const line = new LiveLine();
  const bar = new CheckProgressBar();
  for await (const found of checkDataset(file, {
    format: flags.format,
    model,
    facts,
    onProgress: (progress) => line.update(bar.text(progress)),
  })) {
    line.clear();
    if (flags.json) printJson(found);
    else printLine('summary' in found ? summaryText(found.summary) : findingLine(found));
    if ('summary' in found && found.summary.findings.error > 0) setExitCode(2);
    if ('summary' in found) tellReview(found.summary.review);
  }
}

async function checkModel(spec: string, { trainOn, maxLength }: Flags): Promise<CheckModel> {
  const { openWithProgress } = await import('../open-with-progress.ts');
  const { tokenizer, chatTemplate, eosIds, config, name } = await openWithProgress(spec);
  if (tokenizer === null) throw new FettleError('FETTLE_TOKENIZER', `expected a model with a tokenizer, found ${name} without one`);
  return { tokenizer, chatTemplate, eosIds, train_on: trainOn, max_length: Math.min(maxLength, config.max_positions) };
}

async function showMasks(file: string, model: CheckModel, { format, showMask, json }: Flags): Promise<void> {
  const { readRows } = await import('../../data/read-rows.ts');
  const { isFlaw } = await import('../../data/read/record.ts');
  const { maskOf } = await import('../../data/show-mask.ts');
  const { maskText } = await import('../mask-text.ts');
  let left = showMask === true ? masksShown : (showMask ?? 0);
  for await (const row of readRows(file, { format })) {
    if (isFlaw(row)) continue;
    const masked = maskOf(row, model);
    if (json) printJson({ mask: masked });
    else printLine(maskText(masked));
    if (--left === 0) return;
  }
}

function findingLine({ severity, code, file, line, field, message, hint, of_line }: Finding): string {
  const mark = { error: c.red('error'), warning: c.yellow('warning'), note: c.cyan('note') }[severity];
  const where = formatWhere({ file, line: line ?? undefined, field: field ?? undefined });
  const other = of_line === undefined ? '' : ` (line ${of_line})`;
  return `${c.bold(where)} ${mark} ${code}: ${message}${other} ${c.dim(`(${hint})`)}`;
}

function summaryText({ file, shape, rows, usable, findings, codes, tokenization }: CheckSummary): string {
  const lines = [
    `${file}: ${grouped(rows)} rows${shape === null ? '' : ` of the shape ${shape}`}, ${grouped(usable)} usable; ${findings.error} errors, ${findings.warning} warnings, ${findings.note} notes`,
    ...Object.entries(codes).map(([code, count]) => `  ${String(count).padStart(6)}  ${code}`),
  ];
  if (tokenization !== null) {
    const { tokens, supervised_tokens, longest, over_long } = tokenization;
    lines.push(
      `  ${grouped(tokens)} tokens, ${grouped(supervised_tokens)} supervised; the longest row has ${grouped(longest)}, ${over_long} are over-long`,
    );
  }
  return lines.join('\n');
}
