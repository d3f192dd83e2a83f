import { existsSync, readFileSync } from 'node:fs';

const status = '/proc/self/status';

/**
 * The most bytes that this process has held since it began. Not the `maxRSS` of its resource usage, where Linux also counts what the
 * process that started it held.
 */
export function peakMemory(): number {
  const peak = existsSync(status) ? /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(status, 'utf8')) : null;
  return (peak === null ? process.resourceUsage().maxRSS : Number(peak[1])) * 1024;
}
