/** HTML that cannot be broken by data: whatever is put into a template is escaped, unless it is HTML made by one. */

export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | undefined | readonly (Html | string | number | undefined)[];

/** A template whose values are escaped; lists are joined, undefined is nothing. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.reduce((text, string, i) => text + toText(parts[i - 1]) + string));
}

function toText(part: Part): string {
  if (part === undefined) return '';
  if (Array.isArray(part)) return part.map(toText).join('');
  return part instanceof Html ? part.text : escapeHtml(String(part));
}

const references: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for an element or a quoted attribute. Halves of surrogate pairs and NUL, which no page may hold, become U+FFFD. */
export function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\0', '\uFFFD')
    .replaceAll(/[&<>"']/g, (char) => references[char]!);
}
