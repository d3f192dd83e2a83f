/** `review --json`: the queue for other tools, one row a line. */
import { printJson } from '../output.ts';
import type { OpenQueue } from './open-queue.ts';

export function printQueue({ session, queue }: OpenQueue): void {
  for (const { hash, copy, line, reason, sealed, findings, suspect, turns, fields, notes } of queue.items) {
    printJson({
      hash,
      ...(copy !== undefined && { copy }),
      file: session.path,
      line,
      reason,
      sealed,
      findings,
      ...(suspect !== null && { losses: suspect.losses, neighbours: suspect.neighbours }),
      turns,
      fields,
      notes,
    });
  }
  const reasons = { finding: 0, suspicious: 0, sample: 0 };
  for (const { reason } of queue.items) reasons[reason]++;
  printJson({
    summary: {
      file: session.path,
      reviewer: session.reviewer,
      rows: session.rows.length,
      decided: session.rows.filter((row) => session.decisionOn(row) !== undefined).length,
      queued: queue.items.length,
      reasons,
      unreadable: session.unreadable.map(({ problem }) => problem),
      general: queue.general,
      torn: session.torn,
    },
  });
}
