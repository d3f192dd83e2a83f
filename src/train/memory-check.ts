/** Whether a run holds the memory that its plan said. */
import type { RunEvent } from './events.ts';
import type { RunMemory } from './run-memory.ts';

/** A plan that is less than this far off is as good as right: Node's heap grows and shrinks. */
const tolerance = 1.1;
const slack = 64 * 2 ** 20;

/** Passes the events on; after the first step, when everything is in place, it says so if much more is held than was predicted. */
export async function* withMemoryCheck(events: AsyncIterable<RunEvent>, { predicted }: RunMemory): AsyncGenerator<RunEvent, void> {
  let checked = false;
  for await (const event of events) {
    yield event;
    if (checked || event.type !== 'step') continue;
    checked = true;
    const held = process.memoryUsage.rss();
    if (held <= predicted.total * tolerance + slack) continue;
    const message = `the process holds ${mebibytes(held)} MiB after the first step, ${mebibytes(predicted.total)} MiB were predicted`;
    yield { type: 'note', severity: 'warning', code: 'memory-plan', message, hint: 'set FETTLE_MEMORY lower if memory is short' };
  }
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
