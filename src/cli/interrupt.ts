/** Ctrl-C. */
import { loadedAddon } from '../native/addon.ts';
import { errColors as c, tell } from './output.ts';

export const interrupted = 130;

/** Engine work that runs must not hold up the end, so that of the addon comes first. */
function leave(): never {
  loadedAddon()?.exitNow(interrupted);
  process.exit(interrupted);
}

/** Any command but those that save first: the first Ctrl-C ends it. */
export function endOnInterrupt(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, leave);
}

/** Runs `work` with a signal that the first Ctrl-C (or SIGTERM) aborts; the second one ends the process at once. */
export async function withInterrupt<T>(what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) leave();
    tell(c.yellow(`\n${what}; once more to stop at once`));
    controller.abort();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.removeAllListeners(signal).on(signal, onSignal);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
    endOnInterrupt();
  }
}
