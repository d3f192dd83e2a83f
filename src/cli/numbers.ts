/** How numbers look in lines for the eye. */

/** 95 -> "1m 35s" */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (h > 0) return `${h}h ${String(m).padStart(2, '0')}m`;
  return m > 0 ? `${m}m ${String(s).padStart(2, '0')}s` : `${s}s`;
}

/** 1234567 -> "1,234,567" */
export function grouped(n: number): string {
  return Math.round(n).toLocaleString('en-US');
}

/** 98362432 -> "93.8 MiB" */
export function bytes(n: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, n < 1 ? 0 : Math.floor(Math.log2(n) / 10));
  return power === 0 ? `${n} B` : `${(n / 1024 ** power).toFixed(1)} ${units[power]}`;
}
