/** A review on the terminal, from the first row to what is said at the end. */
import { decisionPath } from '../../data/review/decision-file.ts';
import type { SetExitCode } from '../command.ts';
import { interrupted } from '../interrupt.ts';
import { errColors as c, tell } from '../output.ts';
import { problemLine } from '../print-error.ts';
import type { OpenQueue } from './open-queue.ts';
import { runReview } from './run.ts';

export async function reviewOnTerminal({ session, queue, check }: OpenQueue, setExitCode: SetExitCode): Promise<void> {
  const outcome = await runReview(session, queue.items, check);
  if (outcome.interrupted) setExitCode(interrupted);
  for (const { problem } of session.unreadable) tell(`${c.red('not readable')}: ${problemLine(problem)}`);
  const { decided, items } = outcome.state;
  const counts = [...Map.groupBy(decided.values(), ({ decision }) => decision)].map(([kind, rows]) => `${rows.length} ${kind}`);
  const left = items.length - decided.size;
  tell(
    `${decided.size} ${decided.size === 1 ? 'row' : 'rows'} decided${counts.length === 0 ? '' : ` (${counts.join(', ')})`}, ${left} left in the queue`,
  );
  if (session.decisions.length > 0) tell(`all decisions are in ${decisionPath(session.path)}, and applied when ${session.path} is loaded`);
  if (left > 0) tell('the same command goes on where you left');
}
