/** The progress line of `fettle check`: a bar, the rate, and the time that is left. */
import type { CheckProgress } from '../data/check.ts';
import { bytes, duration, grouped } from './numbers.ts';

const barCells = 20;

export class CheckProgressBar {
  readonly #started = performance.now();

  text({ rows, bytes: read, size, stage }: CheckProgress): string {
    const seconds = (performance.now() - this.#started) / 1000;
    if (stage === 'understanding') return `${grouped(rows)} rows understood in ${duration(seconds)}`;
    if (stage === 'comparing') return `${grouped(rows)} rows read in ${duration(seconds)}; comparing them`;
    const rate = `${grouped(rows)} rows, ${grouped(rows / seconds)} a second, ${bytes(Math.round(read / seconds))}/s`;
    if (size === null || size === 0) return rate;
    const share = Math.min(1, read / size);
    const left = share === 0 ? '' : `, ${duration((seconds * (1 - share)) / share)} left`;
    return `${bar(share)} ${String(Math.floor(share * 100)).padStart(3)} %  ${rate}${left}`;
  }
}

function bar(share: number): string {
  const full = Math.round(share * barCells);
  return `[${'='.repeat(full)}${' '.repeat(barCells - full)}]`;
}
