/** `new --add`: rows from elsewhere, each checked beside those before it. */
import { text } from 'node:stream/consumers';
import { readText } from '../../config/read-text.ts';
import type { CheckOptions } from '../../data/check.ts';
import type { NewRows } from '../../data/new-rows/new-rows.ts';
import { parseJson } from '../../data/read/parse-json.ts';
import { isFlaw } from '../../data/read/record.ts';
import type { Problem } from '../../errors.ts';
import type { SetExitCode } from '../command.ts';
import { printJson, printLine, tell } from '../output.ts';
import { problemLine } from '../print-error.ts';

export interface AddOptions {
  /** Adds rows that carry an error or a warning too. */
  anyway: boolean;
  json: boolean;
}

/** Adds the rows that the check has nothing against; exit code 2 when one was left out. */
export async function addRows(
  rows: NewRows,
  from: string,
  check: Pick<CheckOptions, 'facts' | 'model'>,
  options: AddOptions,
  setExitCode: SetExitCode,
): Promise<void> {
  const given = from === '-' ? await text(process.stdin) : await readText(from, { what: 'rows', notUtf8: 'FETTLE_DATA_ENCODING' });
  const file = from === '-' ? '(stdin)' : from;
  let added = 0;
  let left = 0;
  for (const [i, raw] of given.split('\n').entries()) {
    if (raw.trim() === '') continue;
    const line = i + 1;
    const said = await addRow(rows, raw, { file, line }, check, options.anyway);
    if (said.added === null) left++;
    else added++;
    if (options.json) printJson(said);
    else for (const problem of said.problems) tell(`${said.added === null ? 'left out' : 'added'}: ${problemLine(problem)}`);
  }
  if (options.json) printJson({ summary: { file: rows.path, added, left_out: left, rows: rows.rows.length } });
  else
    printLine(
      `${rows.path}: ${added} rows added${left === 0 ? '' : `, ${left} left out (--anyway adds what is only doubtful)`}; ${rows.rows.length} of ${rows.plan.goal}`,
    );
  if (left > 0) setExitCode(2);
}

interface Said {
  file: string;
  line: number;
  /** The row's number in the data, from 1; null when it was left out. */
  added: number | null;
  problems: Problem[];
}

async function addRow(
  rows: NewRows,
  raw: string,
  place: { file: string; line: number },
  check: Pick<CheckOptions, 'facts' | 'model'>,
  anyway: boolean,
): Promise<Said> {
  const record = parseJson(raw, place.file, place.line);
  if (isFlaw(record)) return { ...place, added: null, problems: [record.problem] };
  const { row, problems, findings } = await rows.checkRecord(record.value, check);
  const found = [
    ...problems.map((problem) => ({ ...problem, ...place })),
    ...findings.map(({ field, message, hint }) => ({ ...place, ...(field !== null && { field }), message, hint })),
  ];
  if (row === null || (!anyway && findings.some(({ severity }) => severity !== 'note'))) return { ...place, added: null, problems: found };
  await rows.add(row);
  return { ...place, added: rows.rows.length, problems: found };
}
