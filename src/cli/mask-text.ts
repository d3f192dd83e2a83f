/** The token mask of a row for the eye: trained tokens stand out. */
import type { MaskedRow, MaskedToken } from '../data/show-mask.ts';
import { outColors as c } from './output.ts';

/** With colours trained text is green and the rest dim; without, trained text stands in ⟦ ⟧. Token borders are not shown. */
export function maskText({ file, line, tokens, supervised }: MaskedRow, colors = c): string {
  const heading = colors.bold(`${file}:${line}: ${supervised} of ${tokens.length} tokens trained`);
  return [
    heading,
    runs(tokens)
      .map(({ text, trained }) => paint(text, trained, colors))
      .join(''),
    '',
  ].join('\n');
}

/** Neighbouring tokens of one kind as one text. */
function runs(tokens: readonly MaskedToken[]): { text: string; trained: boolean }[] {
  const found: { text: string; trained: boolean }[] = [];
  for (const { text, trained } of tokens) {
    const last = found.at(-1);
    if (last?.trained === trained) last.text += text;
    else found.push({ text, trained });
  }
  return found;
}

function paint(text: string, trained: boolean, colors: typeof c): string {
  if (!colors.isColorSupported) return trained ? `⟦${text}⟧` : text;
  return text
    .split('\n')
    .map((part) => (trained ? colors.green(part) : colors.dim(part)))
    .join('\n');
}
