/** What a benchmark ran on. */
import { cpus, loadavg, totalmem } from 'node:os';
import { nativeAddon } from '../native/addon.ts';
import { measureCeilings } from './ceilings.ts';
import type { MachineLine } from './result.ts';

/** Describes the machine and measures its ceilings, `seconds` for each of the four on one thread and on all. */
export async function describeMachine(seconds: number): Promise<MachineLine> {
  const native = nativeAddon();
  const { isa, threads } = native.cpuInfo();
  const load = loadavg()[0]!;
  const one_thread = await measureCeilings(1, seconds);
  return {
    type: 'machine',
    date: new Date().toISOString(),
    fettle: native.version,
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory: totalmem(),
    load,
    isa,
    threads,
    one_thread,
    all_threads: threads === 1 ? one_thread : await measureCeilings(threads, seconds),
  };
}
