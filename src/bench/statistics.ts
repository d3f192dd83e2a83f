/** What a figure was over its samples. */

export interface Spread {
  min: number;
  p25: number;
  median: number;
  p75: number;
  max: number;
  samples: number;
}

/** Quantiles interpolate between neighbours. */
export function spread(values: Iterable<number>): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
    return below + (above - below) * (place % 1);
  };
  return { min: at(0), p25: at(0.25), median: at(0.5), p75: at(0.75), max: at(1), samples: sorted.length };
}
