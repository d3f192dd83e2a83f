/** A profile for the eye: where the time went, and how near each op came to what the machine can do. */
import { measureCeilings } from '../bench/ceilings.ts';
import { type ProfileRow, profileRows } from '../bench/profile.ts';
import type { Ceilings } from '../bench/result.ts';
import { nativeAddon } from '../native/addon.ts';
import type { OpTiming } from '../native/types.ts';
import { table } from './table.ts';

export interface Profiled {
  steps: number;
  seconds: number;
  ops: readonly OpTiming[];
}

/** Measures the machine's ceilings first, if they are not given: a second or two. */
export async function profileTable({ steps, seconds, ops }: Profiled, byShape: boolean, known?: Ceilings): Promise<string> {
  const { isa, threads } = nativeAddon().cpuInfo();
  const ceilings = known ?? (await measureCeilings(threads, 0.4));
  const rows = profileRows(ops, seconds, ceilings, byShape);
  const { f32, bf16, read } = ceilings;
  const title = `${steps} ${steps === 1 ? 'step' : 'steps'}, ${(seconds / steps).toFixed(3)} s each; ceilings of ${isa} on ${threads} threads: ${giga(bf16)} GFLOP/s bf16, ${giga(f32)} f32, ${giga(read)} GB/s`;
  return `${title}\n${table(
    ['op', 'calls', 'ms', 'share', 'rate', '', 'of its ceiling'],
    rows.map((row) => cells(row, steps)),
  )}`;
}

function cells({ name, calls, seconds, share, rate, unit, of_ceiling }: ProfileRow, steps: number): string[] {
  return [
    name,
    calls === 0 ? '' : `${Math.round(calls / steps)}`,
    ((seconds / steps) * 1000).toFixed(1),
    `${(share * 100).toFixed(1)} %`,
    rate === null ? '' : rate.toFixed(0),
    unit ?? '',
    of_ceiling === null ? '' : `${(of_ceiling * 100).toFixed(0)} %`,
  ];
}

function giga(perSecond: number): string {
  return (perSecond / 1e9).toFixed(0);
}
