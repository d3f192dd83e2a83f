/** `review --agreement`: how far reviewers agree, and on which rows they do not. */
import { type Agreement, agreement, reviewerPairs } from '../../data/review/agreement.ts';
import { decisionPath, readDecisionFile } from '../../data/review/decision-file.ts';
import { ReviewSession } from '../../data/review/session.ts';
import { FettleError, formatWhere } from '../../errors.ts';
import { outColors as o, printJson, printLine } from '../output.ts';
import type { ReviewFlags } from './flags.ts';

/** Throws FETTLE_USAGE where fewer than two reviewers decided, or a name is not among them. */
export async function printAgreement(data: string, names: true | string, { format, json }: ReviewFlags): Promise<void> {
  const { decisions } = await readDecisionFile(decisionPath(data));
  const all = [...new Set(decisions.map(({ reviewer }) => reviewer))];
  const pairs = names === true ? reviewerPairs(decisions) : [namedPair(names, all)];
  if (pairs.length === 0) {
    throw new FettleError(
      'FETTLE_USAGE',
      `expected decisions of two reviewers on ${data}, found ${all.length === 0 ? 'none' : `those of ${all[0]}`}`,
      {
        hint: 'Let a second person review the same rows: fettle review DATA --reviewer NAME',
      },
    );
  }
  const { rows } = await ReviewSession.open(data, { reviewer: pairs[0]![0], format });
  const lineOf = new Map(rows.map((row) => [row.hash, row.line]));
  for (const pair of pairs) {
    const found = agreement(decisions, pair);
    const placed = found.disagreements.map((one) => ({ file: data, line: lineOf.get(one.hash) ?? null, ...one }));
    if (json) printJson({ ...found, disagreements: placed });
    else printLine(agreementText(found, placed));
  }
}

function namedPair(names: string, all: readonly string[]): [string, string] {
  const [one, other, ...more] = names.split(',').map((name) => name.trim());
  const unknown = [one, other].filter((name) => name === undefined || !all.includes(name));
  if (one !== undefined && other !== undefined && one !== other && more.length === 0 && unknown.length === 0) return [one, other];
  throw new FettleError('FETTLE_USAGE', `expected two of the reviewers ${all.join(', ') || '(none)'}, found ${names}`, {
    hint: 'For example --agreement ada,bob; without names every pair is compared.',
  });
}

type Placed = Agreement['disagreements'][number] & { file: string; line: number | null };

function agreementText({ reviewers, rows, same, percent, kappa, edited_differently }: Agreement, disagreements: readonly Placed[]): string {
  const [one, other] = reviewers;
  const heading = o.bold(`${one} and ${other}`);
  if (rows === 0) return `${heading}: no row that both decided on`;
  const strength = kappa === null ? 'kappa is not defined: both gave every row the same decision' : `Cohen's kappa ${kappa.toFixed(2)}`;
  return [
    `${heading}: the same decision on ${same} of ${rows} rows (${percent!.toFixed(1)} %), ${strength}`,
    ...(edited_differently === 0 ? [] : [`  ${edited_differently} rows were edited by both, to other words`]),
    ...disagreements.map(({ file, line, decisions: [a, b], notes: [noteA, noteB] }) => {
      const where = line === null ? 'a row that is gone' : formatWhere({ file, line });
      const say = (name: string, kind: string, note: string | null) => `${name} ${kind}${note === null ? '' : ` (${note})`}`;
      return `  ${where}  ${say(one, a, noteA)}, ${say(other, b, noteB)}`;
    }),
  ].join('\n');
}
