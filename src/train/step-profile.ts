/** Where the time of a run's steps went. */
import type { NativeModel, OpTiming } from '../native/types.ts';
import type { ProfileEvent, RunEvent } from './events.ts';

/** `FETTLE_PROFILE`: off unless it says something other than 0; `shapes` tells the shapes of an op apart. */
export function profileAsked(setting: string | undefined = process.env.FETTLE_PROFILE): 'off' | 'ops' | 'shapes' {
  if (setting === undefined || setting === '' || setting === '0') return 'off';
  return setting === 'shapes' ? 'shapes' : 'ops';
}

/**
 * Passes the events on and measures the ops of the steps alone; the sum comes before the last event. The first step does not count where
 * there are more: it touches all memory for the first time.
 */
export async function* withProfile(events: AsyncIterable<RunEvent>, native: NativeModel): AsyncGenerator<RunEvent, void> {
  native.setProfiling(true);
  const steps: { seconds: number; ops: OpTiming[] }[] = [];
  for await (const event of events) {
    const ops = native.takeProfile(); // of an evaluation too, which then goes nowhere
    if (event.type === 'step') steps.push({ seconds: event.seconds, ops });
    if (steps.length > 0 && (event.type === 'done' || event.type === 'stopped')) yield profileOf(steps.length > 1 ? steps.slice(1) : steps);
    yield event;
  }
}

function profileOf(steps: readonly { seconds: number; ops: OpTiming[] }[]): ProfileEvent {
  const sums = new Map<string, OpTiming>();
  for (const timing of steps.flatMap(({ ops }) => ops)) {
    const key = [timing.op, timing.products, ...timing.shape].join();
    const { calls, seconds, flops, bytes } = sums.get(key) ?? { calls: 0, seconds: 0, flops: 0, bytes: 0 };
    sums.set(key, {
      ...timing,
      calls: calls + timing.calls,
      seconds: seconds + timing.seconds,
      flops: flops + timing.flops,
      bytes: bytes + timing.bytes,
    });
  }
  return { type: 'profile', steps: steps.length, seconds: steps.reduce((sum, { seconds }) => sum + seconds, 0), ops: [...sums.values()] };
}
