/** `fettle rows`: which training rows a run learned, forgot, never learned, and which look wrong. */
import type { Command } from 'commander';
import { formatWhere } from '../../errors.ts';
import type { Exam } from '../../eval/exams.ts';
import type { RowClass } from '../../train/rank-rows.ts';
import type { RankedRow, RunRows } from '../../train/run-rows.ts';
import type { AddCommand } from '../command.ts';
import { wholeNumber } from '../number-flags.ts';
import { grouped } from '../numbers.ts';
import { errColors as c, outColors as o, printJson, printLine, tell } from '../output.ts';

interface Flags {
  run: string;
  top?: number;
  json?: true;
}

/** Rows shown of each class when --top is not given; with --json all. */
const rowsShown = 10;

const classes: readonly { name: RowClass; title: string; what: string }[] = [
  {
    name: 'suspicious',
    title: 'suspicious',
    what: 'the loss stays high, while it is low for the rows that ask nearly the same: is the answer right?',
  },
  { name: 'forgotten', title: 'forgotten', what: 'the loss was lower in an earlier epoch' },
  { name: 'never-learned', title: 'never learned', what: 'the loss hardly fell, and is still above the median' },
  { name: 'seen-once', title: 'seen once', what: 'one epoch tells nothing of learning; the highest losses first' },
  { name: 'learned', title: 'learned', what: 'the loss fell, or was low from the beginning; the highest losses first' },
];

export const addRows: AddCommand = (program: Command) => {
  program
    .command('rows')
    .description('rank the training rows of a run: suspicious, forgotten, never learned, learned')
    .requiredOption('--run <folder>', 'the run folder (output_dir)')
    .option('--top <number>', `rows of each class (default: ${rowsShown}; with --json all)`, wholeNumber(1))
    .option('--json', 'one row a line, then a summary')
    .action(rows);
};

async function rows({ run, top, json }: Flags): Promise<void> {
  const { rankRunRows } = await import('../../train/run-rows.ts');
  const { readExams } = await import('../../eval/exams.ts');
  const ranked = await rankRunRows(run);
  const exams = await readExams(run);
  for (const note of notesOn(ranked)) tell(`${c.yellow('warning')}: ${note}`);
  const shown = (kind: RowClass, most: number) => ranked.rows.filter((row) => row.class === kind).slice(0, most);
  if (json) {
    for (const { name } of classes) for (const row of shown(name, top ?? ranked.rows.length)) printJson(row);
    const { rows: all, ...summary } = ranked;
    printJson({ summary: { ...summary, rows: all.length, exams } });
    return;
  }
  printLine(heading(ranked));
  for (const exam of exams) printLine(examText(exam));
  for (const { name, title, what } of classes) {
    if (ranked.counts[name] === 0) continue;
    printLine(`\n${o.bold(title)} (${grouped(ranked.counts[name])}): ${what}`);
    for (const row of shown(name, top ?? rowsShown)) printLine(rowText(row));
  }
}

function notesOn({ data, data_problem, missing, rows: all }: RunRows): string[] {
  if (data_problem !== null) return [`${data} cannot be read any more, so no texts and no suspicious rows: ${data_problem}`];
  return missing === 0 ? [] : [`${missing} of ${all.length} rows are no longer in ${data} as they were trained`];
}

function heading({ run, rows: all, epochs, median_losses }: RunRows): string {
  const losses = median_losses.map((loss) => loss.toFixed(3)).join(' ');
  return `${o.bold(run)}: ${grouped(all.length)} training rows, ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}; median loss by epoch ${losses}`;
}

/** A score on a test set never stands without how often the set had been opened. */
function examText({ date, data, loss, test_openings }: Exam): string {
  const times = test_openings === 1 ? 'once' : `${test_openings} times`;
  return `test loss ${loss.toFixed(4)} on ${data}, ${date.slice(0, 10)}; the test set had been opened ${times}`;
}

function rowText({ file, line, losses, neighbours, class: kind, preview }: RankedRow): string {
  const beside = kind === 'suspicious' ? `, beside ${neighbours.map((row) => `${row.loss.toFixed(2)} (line ${row.line})`).join(' ')}` : '';
  const text = preview === null ? '' : `\n      ${o.dim(preview)}`;
  return `  ${o.bold(formatWhere({ file, line }))}  loss ${losses.map((loss) => loss.toFixed(2)).join(' ')}${beside}${text}`;
}
