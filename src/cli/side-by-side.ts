/** Answers of two models to one question, in two columns, or one below the other where the terminal is narrow. */

const narrowest = 88;

export interface Comparison {
  question: string;
  left: { title: string; text: string };
  right: { title: string; text: string };
}

/** @param width columns of the terminal */
export function sideBySide({ question, left, right }: Comparison, width: number): string {
  const heading = wrap(question, width - 3).map((line, i) => `${i === 0 ? 'Q: ' : '   '}${line}`);
  if (width < narrowest) {
    const stacked = [left, right].flatMap(({ title, text }) => [`[${title}]`, ...wrap(text, width), '']);
    return [...heading, '', ...stacked].join('\n').trimEnd();
  }
  const column = Math.floor((width - 3) / 2);
  const a = [left.title, '-'.repeat(column), ...wrap(left.text, column)];
  const b = [right.title, '-'.repeat(column), ...wrap(right.text, column)];
  const rows = Array.from({ length: Math.max(a.length, b.length) }, (_, i) => `${(a[i] ?? '').padEnd(column)} | ${b[i] ?? ''}`.trimEnd());
  return [...heading, '', ...rows].join('\n');
}

/** Breaks text at blanks into lines of at most `width`; longer words are cut. */
export function wrap(text: string, width: number): string[] {
  return text
    .trim()
    .split('\n')
    .flatMap((paragraph) => wrapParagraph(paragraph, width));
}

function wrapParagraph(paragraph: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph.split(/\s+/).flatMap((long) => pieces(long, width))) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function pieces(word: string, width: number): string[] {
  if (word.length <= width) return [word];
  return [word.slice(0, width), ...pieces(word.slice(width), width)];
}
