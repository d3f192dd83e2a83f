/** The most bytes that this process has held since it began. */
export function peakMemory(): number {
  return process.resourceUsage().maxRSS * 1024;
}
