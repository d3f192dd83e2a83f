/** The lines of a ledger, brought together by row. */
import { type LedgerLine, readLedger } from './ledger-file.ts';
import { median } from './rank-rows.ts';

/** Steps before and after one whose rows tell what loss was usual then. */
const stepsAround = 4;

export interface History extends Pick<LedgerLine, 'hash' | 'line' | 'supervised_tokens'> {
  /** By epoch. */
  losses: number[];
  /** For each of them: the median loss of the rows of the steps around. */
  usual: number[];
}

/** One history a row; two copies of one content are told apart by their lines. */
export async function readHistories(path: string): Promise<History[]> {
  const lines: LedgerLine[] = [];
  for await (const line of readLedger(path)) lines.push(line);
  const ofStep = new Map<number, number[]>();
  for (const { step, loss } of lines) ofStep.set(step, [...(ofStep.get(step) ?? []), loss]);
  const usualAt = new Map<number, number>();
  for (const step of ofStep.keys()) {
    const around = Array.from({ length: 2 * stepsAround + 1 }, (_, i) => ofStep.get(step - stepsAround + i) ?? []);
    usualAt.set(step, median(around.flat()));
  }
  const histories = new Map<string, History>();
  for (const { hash, line, step, loss, supervised_tokens } of lines) {
    const key = `${hash} ${line}`;
    const history = histories.get(key) ?? { hash, line, supervised_tokens, losses: [], usual: [] };
    history.losses.push(loss);
    history.usual.push(usualAt.get(step)!);
    histories.set(key, history);
  }
  return [...histories.values()];
}
