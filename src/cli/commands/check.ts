/** `fettle check`: everything that is wrong or suspicious in a data file. */
import { stat } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { DataFormat, FettleConfig } from '../../config/schema.ts';
import { defaultAt, wordsAt } from '../../config/walk.ts';
import type { CheckSummary } from '../../data/check.ts';
import type { MendOptions } from '../../data/mend/mend-dataset.ts';
import type { ReportCollector } from '../../data/report/collect.ts';
import { FettleError } from '../../errors.ts';
import { changeLine, mendedName, mendedText } from '../check-fix.ts';
import { type CheckModel, checkModel, factsText, meaningModel } from '../check-inputs.ts';
import { CheckProgressBar } from '../check-progress.ts';
import { CheckReport, findingLine } from '../check-report.ts';
import type { AddCommand, SetExitCode } from '../command.ts';
import { LiveLine } from '../live-line.ts';
import { wholeNumber } from '../number-flags.ts';
import { printJson, printLine, tell } from '../output.ts';
import { tellReview } from '../tell-review.ts';

interface Flags {
  model?: string;
  semantic?: true;
  facts?: string;
  format: DataFormat;
  trainOn: FettleConfig['data']['train_on'];
  maxLength: number;
  showMask?: true | number;
  all?: true;
  html?: string;
  fix?: true;
  out?: string;
  redact?: true;
  json?: true;
}

/** Rows whose mask is shown when no number is given. */
const masksShown = 3;

export const addCheck: AddCommand = (program: Command, setExitCode) => {
  program
    .command('check')
    .description('review a data file: unreadable rows, empty answers, duplicates, rows too long for the model')
    .argument('<data>', 'the file to review')
    .option('--model <model>', 'also review what this model would see: hub id, folder or .gguf file')
    .option('--semantic', "compare rows by meaning too: by the hidden states of the model (else of fettle.yaml's)")
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
    .option('--html <file>', 'also write a page with charts, and the findings shown in their rows')
    .option('--fix', 'also write a copy in which is mended what needs no judgement, and list every change')
    .option('--out <file>', 'with --fix: the copy (default: NAME.mended.jsonl beside the data)')
    .option('--redact', 'with --fix: also put [email], [phone] ... in the place of personal data and secrets')
    .option('--all', 'list every finding, not the first of each kind')
    .option('--json', 'one finding a line, then the summary')
    .action((file: string, flags: Flags) => check(file, flags, setExitCode));
};

async function check(file: string, flags: Flags, setExitCode: SetExitCode): Promise<void> {
  const { ReportCollector } = await import('../../data/report/collect.ts');
  expectTogether(flags);
  const model = flags.model === undefined ? undefined : await checkModel(flags.model, flags.trainOn, flags.maxLength);
  if (flags.showMask !== undefined && model !== undefined) await showMasks(file, model, flags);
  const facts = flags.facts === undefined ? undefined : await factsText(flags.facts);
  if (flags.html !== undefined) await expectRegularFile(file, '--html');
  if (flags.fix) await expectRegularFile(file, '--fix');
  const line = new LiveLine();
  const bar = new CheckProgressBar();
  const report = new CheckReport();
  const collector = new ReportCollector();
  using semantic = flags.semantic ? await meaningModel(flags.model, file) : undefined;
  const onProgress: MendOptions['onProgress'] = (progress) => line.update(bar.text(progress));
  for await (const found of await findings(file, { format: flags.format, model, facts, semantic, onProgress }, flags)) {
    if (!('code' in found)) {
      line.clear();
      if (flags.json) printJson(found);
      else if ('change' in found) printLine(changeLine(found.change));
      else if ('mended' in found) printLine(mendedText(found.mended));
      else printReport(report, found.summary, flags);
      if (!('summary' in found)) continue;
      if (found.summary.findings.error > 0) setExitCode(2);
      tellReview(found.summary.review);
      if (flags.html !== undefined) await writePage(collector, found.summary, file, flags);
      continue;
    }
    report.add(found);
    collector.add(found);
    if (!flags.json && !flags.all) continue;
    line.clear();
    if (flags.json) printJson(found);
    else printLine(findingLine(found));
  }
}

function expectTogether({ showMask, model, fix, out, redact }: Flags): void {
  const alone = (flag: string, beside: string, hint: string) =>
    new FettleError('FETTLE_USAGE', `expected ${beside} beside ${flag}, found none`, { hint });
  if (showMask !== undefined && model === undefined) throw alone('--show-mask', '--model', 'the tokens depend on the model');
  if (out !== undefined && !fix) throw alone('--out', '--fix', 'it names the mended copy');
  if (redact && !fix) throw alone('--redact', '--fix', 'it changes the mended copy');
}

/** The check alone, or with the mended copy after it. */
async function findings(file: string, options: MendOptions, { fix, out, redact }: Flags) {
  const { checkDataset } = await import('../../data/check.ts');
  if (!fix) return checkDataset(file, options);
  const { mendDataset } = await import('../../data/mend/mend-dataset.ts');
  return mendDataset(file, out ?? mendedName(file), { ...options, ...(redact && { redact }) });
}

function printReport(report: CheckReport, summary: CheckSummary, { all }: Flags): void {
  const findings = all ? '' : report.findings();
  if (findings !== '') printLine(`${findings}\n`);
  printLine(report.summary(summary));
}

/** For what reads the data a second time. */
async function expectRegularFile(file: string, flag: string): Promise<void> {
  const info = await stat(file).catch(() => undefined); // what cannot be opened is said by the check itself
  if (info === undefined || info.isFile() || info.isDirectory()) return;
  throw new FettleError('FETTLE_USAGE', `expected a file beside ${flag}, found a pipe: ${file}`, {
    hint: 'The data is read twice: write it to a file first.',
  });
}

async function writePage(collector: ReportCollector, summary: CheckSummary, file: string, { html, format }: Flags): Promise<void> {
  const { reportPage } = await import('../../data/report/page.ts');
  const { replaceText } = await import('../../atomic-file.ts');
  await replaceText(html!, await reportPage(await collector.finish(summary, file, { format }), new Date()));
  tell(`report: ${html}`);
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
