/** A text with the places of its findings marked. */
import { type Span, span } from '../terminal/spans.ts';

/** @param values the pieces at fault; a clipped one (`...` at its end) is found by its beginning */
export function markedText(text: string, values: readonly string[]): Span[] {
  const ranges = values.flatMap((value) => rangesOf(text, value)).sort((a, b) => a.start - b.start);
  const spans: Span[] = [];
  let at = 0;
  for (const { start, end } of ranges) {
    if (end <= at) continue;
    const from = Math.max(start, at);
    if (from > at) spans.push(span(text.slice(at, from)));
    spans.push(span(text.slice(from, end), 'mark'));
    at = end;
  }
  if (at < text.length || spans.length === 0) spans.push(span(text.slice(at)));
  return spans;
}

function rangesOf(text: string, value: string): { start: number; end: number }[] {
  const piece = value.endsWith('...') && !text.includes(value) ? value.slice(0, -3) : value;
  if (piece === '') return [];
  const ranges = [];
  for (let start = text.indexOf(piece); start >= 0; start = text.indexOf(piece, start + piece.length))
    ranges.push({ start, end: start + piece.length });
  return ranges;
}
