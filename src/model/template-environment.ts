import { Environment } from '@huggingface/jinja';
import { strftime } from './strftime.ts';
import { stripFunctions } from './template-strip.ts';

/** Python's `range`. */
function range(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  if (step === 0) throw new Error('range() arg 3 must not be zero');
  const length = Math.max(0, Math.ceil((to - from) / step));
  return Array.from({ length }, (_, i) => from + i * step);
}

/** Everything that transformers gives a chat template, and `variables`. `now` is what `strftime_now` tells. */
export function templateEnvironment(variables: Readonly<Record<string, unknown>>, now: Date): Environment {
  const environment = new Environment();
  const globals: Record<string, unknown> = {
    true: true,
    True: true,
    false: false,
    False: false,
    none: null,
    None: null,
    range,
    ...stripFunctions,
    raise_exception: (message: string) => {
      throw new Error(message);
    },
    strftime_now: (format: string) => strftime(now, format),
  };
  for (const [name, value] of Object.entries({ ...globals, ...variables })) environment.set(name, value);
  return environment;
}
