/** Charts as inline SVG and bars; colours come from the style sheet. */
import type { Bin, HistogramData } from '../profile/histogram.ts';
import { type Html, html } from './html.ts';

const [width, height, base] = [360, 130, 108];
const mostBars = 36;

/** Counts over values that double from left to right. */
export function histogramChart({ bins, median, min, max, p95, count }: HistogramData, unit: string): Html {
  const bars = merged(bins);
  const most = Math.max(...bars.map((bar) => bar.count));
  const step = width / Math.max(bars.length, 6);
  const columns = bars.map((bar, i) => {
    const tall = bar.count === 0 ? 0 : Math.max(2, (bar.count / most) * (base - 8));
    const range = bar.from === bar.to ? grouped(bar.from) : `${grouped(bar.from)} to ${grouped(bar.to)}`;
    return html`<rect class="bar${bar.from <= median && median <= bar.to ? ' median' : ''}" x="${fixed(i * step + 0.75)}" y="${fixed(base - tall)}" width="${fixed(step - 1.5)}" height="${fixed(tall)}" rx="2"><title>${range} ${unit}: ${grouped(bar.count)}</title></rect>`;
  });
  const labels = [0, Math.floor(bars.length / 2), bars.length - 1].filter((i, at, all) => i >= 0 && all.indexOf(i) === at);
  const ticks = labels.map((i, at) => {
    const anchor = at === 0 ? 'start' : at === labels.length - 1 ? 'end' : 'middle';
    const x = at === 0 ? i * step : at === labels.length - 1 ? (i + 1) * step : (i + 0.5) * step;
    return html`<text class="tick" x="${fixed(x)}" y="${base + 16}" text-anchor="${anchor}">${grouped(at === labels.length - 1 ? bars[i]!.to : bars[i]!.from)}</text>`;
  });
  return html`<svg class="histogram" viewBox="0 0 ${width} ${height}" role="img" aria-label="${grouped(count)} values from ${grouped(min)} to ${grouped(max)} ${unit}, median ${grouped(median)}"><line class="axis" x1="0" y1="${base + 0.5}" x2="${width}" y2="${base + 0.5}"/>${columns}${ticks}</svg>
<p class="figures"><span>median <b>${grouped(median)}</b></span><span>95 % below <b>${grouped(p95)}</b></span><span>longest <b>${grouped(max)}</b></span></p>`;
}

/** Neighbouring bins put together until the bars can be told apart. */
function merged(bins: readonly Bin[]): Bin[] {
  const each = Math.ceil(bins.length / mostBars);
  const bars: Bin[] = [];
  for (let i = 0; i < bins.length; i += each) {
    const group = bins.slice(i, i + each);
    bars.push({ from: group[0]!.from, to: group.at(-1)!.to, count: group.reduce((sum, bin) => sum + bin.count, 0) });
  }
  return bars;
}

export interface BarRow {
  label: Html | string;
  count: number;
  /** Shown below when the row is opened. */
  more?: Html;
}

/** Horizontal bars, each with its number. */
export function barList(rows: readonly BarRow[]): Html {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  return html`<ol class="bars">${rows.map(({ label, count, more }) => {
    const line = html`<span class="label">${label}</span><span class="track"><span class="fill" style="width:${fixed((count / most) * 100)}%"></span></span><span class="number">${grouped(count)}</span>`;
    return more === undefined ? html`<li>${line}</li>` : html`<li><details><summary>${line}</summary>${more}</details></li>`;
  })}</ol>`;
}

/** Where in the file the findings lie: a strip of cells from the first line to the last. */
export function placeStrip(cells: readonly { severity: string; count: number; from: number; to: number }[]): Html {
  const most = Math.max(1, ...cells.map(({ count }) => count));
  const each = 1000 / cells.length;
  return html`<svg class="strip" viewBox="0 0 1000 26" preserveAspectRatio="none" role="img" aria-label="where in the file the findings lie">${cells.map(
    ({ severity, count, from, to }, i) =>
      html`<rect class="${count === 0 ? 'none' : severity}" x="${fixed(i * each)}" y="0" width="${fixed(each * 0.88)}" height="26" opacity="${count === 0 ? 1 : fixed(0.35 + (0.65 * count) / most)}"><title>lines ${grouped(from)} to ${grouped(to)}: ${grouped(count)} findings</title></rect>`,
  )}</svg>`;
}

function fixed(n: number): string {
  return String(Math.round(n * 100) / 100);
}

export function grouped(n: number): string {
  return Math.round(n).toLocaleString('en-US');
}
