/** Where time went, op by op. */
import type { OpTiming } from '../native/types.ts';
import { ideal } from './ceilings.ts';
import type { Ceilings } from './result.ts';

export interface ProfileRow {
  /** The op, and its shape when shapes are told apart. */
  name: string;
  calls: number;
  seconds: number;
  /** Of the whole time. */
  share: number;
  /** GFLOP/s, or GB/s where bytes are the limit; null for what is no op. */
  rate: number | null;
  unit: 'GFLOP/s' | 'GB/s' | null;
  /** The least time that its calls could take here, over the time that they took. Above 1 where the bytes came from a cache. */
  of_ceiling: number | null;
}

/**
 * The ops of `seconds` of work, dearest first, and last what was spent outside of them.
 * @param byShape one row for each shape of an op, instead of one for the op
 */
export function profileRows(timings: readonly OpTiming[], seconds: number, ceilings: Ceilings, byShape: boolean): ProfileRow[] {
  const groups = Map.groupBy(timings, ({ op, shape }) => (byShape ? `${op} ${shape.filter((n) => n > 0).join(' x ')}` : op));
  const rows = [...groups].map(([name, group]) => rowOf(name, group, seconds, ceilings)).sort((a, b) => b.seconds - a.seconds);
  const outside = seconds - rows.reduce((total, row) => total + row.seconds, 0);
  const rest = { name: 'outside of ops', calls: 0, seconds: outside, share: outside / seconds, rate: null, unit: null, of_ceiling: null };
  return [...rows, rest];
}

function rowOf(name: string, group: readonly OpTiming[], all: number, ceilings: Ceilings): ProfileRow {
  const sum = (of: (timing: OpTiming) => number) => group.reduce((total, timing) => total + of(timing), 0);
  const [seconds, flops, bytes] = [sum((t) => t.seconds), sum((t) => t.flops), sum((t) => t.bytes)];
  const least = sum((t) => ideal(t, ceilings).seconds);
  const byProducts = sum((t) => (ideal(t, ceilings).bound === 'read' ? 0 : t.seconds)) > seconds / 2;
  return {
    name,
    calls: sum((t) => t.calls),
    seconds,
    share: seconds / all,
    rate: (byProducts ? flops : bytes) / seconds / 1e9,
    unit: byProducts ? 'GFLOP/s' : 'GB/s',
    of_ceiling: least / seconds,
  };
}
