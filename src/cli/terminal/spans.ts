/** Lines of styled text: laid out by their width on the terminal, painted last. */
import stringWidth from 'fast-string-width';
import type { outColors } from '../output.ts';

export type Style = 'plain' | 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan' | 'mark' | 'added' | 'cursor';

export interface Span {
  text: string;
  style: Style;
}

export type Line = readonly Span[];

type Colors = typeof outColors;

const painters: Readonly<Record<Style, (text: string, c: Colors) => string>> = {
  plain: (text) => text,
  bold: (text, c) => c.bold(text),
  dim: (text, c) => c.dim(text),
  red: (text, c) => c.red(text),
  yellow: (text, c) => c.yellow(text),
  green: (text, c) => c.green(text),
  cyan: (text, c) => c.cyan(text),
  /** The place of a finding: stands out without colours too. */
  mark: (text, c) => (c.isColorSupported ? c.bgYellow(c.black(text)) : `⟦${text}⟧`),
  /** What an edit put there. */
  added: (text, c) => (c.isColorSupported ? c.green(c.bold(text)) : `{+${text}+}`),
  cursor: (text, c) => (c.isColorSupported ? c.inverse(text) : `▏${text === ' ' ? '' : text}`),
};

export const span = (text: string, style: Style = 'plain'): Span => ({ text, style });
export const line = (text: string, style: Style = 'plain'): Line => [span(text, style)];

/** One line as text with colours, cut to `width` columns. */
export function paint(spans: Line, width: number, colors: Colors): string {
  let left = width;
  let painted = '';
  for (const { text, style } of spans) {
    const shown = cutTo(visible(text), left);
    left -= stringWidth(shown);
    if (shown !== '') painted += painters[style](shown, colors);
  }
  return painted;
}

/** Columns that a line takes. */
export function widthOf(spans: Line): number {
  return spans.reduce((sum, { text }) => sum + stringWidth(text), 0);
}

/** A line of `left` and, at its other end, `right`. */
export function justify(left: Line, right: Line, width: number): Line {
  return [...left, span(' '.repeat(Math.max(1, width - widthOf(left) - widthOf(right)))), ...right];
}

/** Breaks spans into lines of at most `width` columns: at line breaks, at blanks where there are any, else within words. */
export function wrap(spans: Line, width: number): Line[] {
  const lines: Span[][] = [[]];
  let used = 0;
  const put = (text: string, style: Style) => {
    const last = lines.at(-1)!.at(-1);
    if (last?.style === style) last.text += text;
    else lines.at(-1)!.push({ text, style });
    used += stringWidth(text);
  };
  const newLine = () => {
    lines.push([]);
    used = 0;
  };
  for (const { text, style } of spans) {
    for (const piece of text.match(/\n|[^\S\n]+|[^\s]+/gu) ?? []) {
      if (piece === '\n') newLine();
      else if (style === 'cursor') {
        if (used + stringWidth(piece) > width) newLine();
        put(piece, style);
      } else if (used + stringWidth(piece) <= width) put(piece, style);
      else if (/^\s/u.test(piece))
        newLine(); // blanks at a break are not shown
      else {
        if (used > 0 && stringWidth(piece) <= width) newLine();
        for (const char of piece) {
          if (used + stringWidth(char) > width) newLine();
          put(char, style);
        }
      }
    }
  }
  return lines;
}

/** The text with what a terminal would act on made visible, so that data cannot move the cursor. */
function visible(text: string): string {
  return text
    .replaceAll('\t', '    ')
    .replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function cutTo(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let shown = '';
  for (const char of text) {
    if (stringWidth(shown + char) > width - 1) break;
    shown += char;
  }
  return width < 1 ? '' : `${shown}…`;
}
