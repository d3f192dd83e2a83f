/** Everything a review begins with: the rows, the check's findings, what a run found hard. */
import path from 'node:path';
import { defaultAt } from '../../config/walk.ts';
import type { CheckOptions } from '../../data/check.ts';
import { buildQueue, type ReviewQueue, type Suspect } from '../../data/review/queue.ts';
import { ReviewSession } from '../../data/review/session.ts';
import { rankRunRows } from '../../train/run-rows.ts';
import { checkModel, factsText } from '../check-inputs.ts';
import { CheckProgressBar } from '../check-progress.ts';
import { LiveLine } from '../live-line.ts';
import { errColors as c, tell } from '../output.ts';
import type { ReviewFlags } from './flags.ts';

export interface OpenQueue {
  session: ReviewSession;
  queue: ReviewQueue;
  check: Pick<CheckOptions, 'facts' | 'model'>;
}

/** Where a run has fewer suspicious rows than this, those that come next are queued too. */
const suspectsShown = 20;

/** Throws what opening the data, the model and the run throws. */
export async function openQueue(data: string, flags: ReviewFlags & { reviewer: string }): Promise<OpenQueue> {
  const { reviewer, format, sample, seed } = flags;
  const session = await ReviewSession.open(data, { reviewer, format });
  const model =
    flags.model === undefined ? undefined : await checkModel(flags.model, 'completion', defaultAt(['data', 'max_length']) as number);
  const facts = flags.facts === undefined ? undefined : await factsText(flags.facts);
  const check = { ...(facts !== undefined && { facts }), ...(model !== undefined && { model }) };
  const suspects = flags.run === undefined ? [] : await suspectsOf(flags.run, data);
  const line = new LiveLine();
  const bar = new CheckProgressBar();
  const onProgress: CheckOptions['onProgress'] = (progress) => line.update(bar.text(progress));
  const drawn = { ...(sample !== undefined && { sample }), ...(seed !== undefined && { seed }) };
  const queue = await buildQueue(session, { ...check, ...drawn, format, suspects, onProgress }).finally(() => line.clear());
  for (const torn of session.torn)
    tell(`${c.yellow('warning')}: line ${torn} of the decisions was left unfinished by a crash; that decision must be made again`);
  return { session, queue, check };
}

async function suspectsOf(run: string, data: string): Promise<Suspect[]> {
  const { rows, data: trained } = await rankRunRows(run);
  const same = path.resolve(trained) === path.resolve(data);
  if (!same)
    tell(`${c.yellow('warning')}: ${run} was trained on ${trained}: rows of ${data} are known by their content, their neighbours are not`);
  const suspicious = rows.filter((row) => row.class === 'suspicious');
  const next = rows.filter((row) => row.class !== 'suspicious' && row.suspicion !== null && row.suspicion > 0);
  next.sort((a, b) => b.suspicion! - a.suspicion!);
  const shown = [...suspicious, ...next.slice(0, Math.max(0, suspectsShown - suspicious.length))];
  return same ? shown : shown.map((row) => ({ ...row, neighbours: [] }));
}
