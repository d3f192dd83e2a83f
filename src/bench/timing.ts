/** tinybench, as these benchmarks use it. */
import { Bench, type Fn } from 'tinybench';

export interface Effort {
  /** At least so many calls... */
  iterations: number;
  /** ...and for at least so long, in milliseconds. */
  time: number;
}

/** The seconds of every measured call; one call (and a share of the time) before them does not count. */
export async function timeCalls(name: string, call: Fn, { iterations, time }: Effort): Promise<number[]> {
  const bench = new Bench({ iterations, time, warmupIterations: 1, warmupTime: time / 5, retainSamples: true, throws: true });
  bench.add(name, call);
  const [task] = await bench.run();
  const result = task!.result;
  if (!('latency' in result)) throw new Error(`${name} was not measured: ${result.state}`);
  return [...result.latency.samples!].map((milliseconds) => milliseconds / 1000);
}
