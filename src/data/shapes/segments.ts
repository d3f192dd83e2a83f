/** input_output: {"segments": [{"label": true or false, "text"}, ...]}, texts laid end to end, of which the labelled ones are trained. */
import type { RowContent } from '../row.ts';
import { describeValue, type RawRow, type Report, reportEmptyAnswer } from './shape-parser.ts';

export function parseSegments(row: RawRow, report: Report): RowContent | undefined {
  const { segments } = row;
  if (!Array.isArray(segments) || segments.length === 0) {
    report(
      'segments',
      `expected a list of segments, found ${describeValue(segments)}`,
      '[{"label": false, "text": ...}, {"label": true, "text": ...}]',
    );
    return undefined;
  }
  const trained: [start: number, end: number][] = [];
  let text = '';
  let good = true;
  for (const [i, raw] of (segments as unknown[]).entries()) {
    const segment = raw as { label?: unknown; text?: unknown } | null;
    if (typeof segment?.text !== 'string' || typeof segment.label !== 'boolean') {
      report(`segments[${i}]`, `expected {"label": true or false, "text"}, found ${describeValue(raw)}`);
      good = false;
      continue;
    }
    if (segment.label) trained.push([text.length, text.length + segment.text.length]);
    text += segment.text;
  }
  if (!good) return undefined;
  if (trained.every(([start, end]) => text.slice(start, end).trim() === '')) {
    reportEmptyAnswer('segments', report);
    return undefined;
  }
  return { kind: 'text', text, trained };
}
