/** A text with the piece at fault marked, cut to what is around it; characters that nobody can see are shown by their numbers. */
import { Html, html } from './html.ts';

/** Characters shown of a text without a mark, and on each side of one. */
const shown = 900;
const around = 380;

/** @param value the piece to mark; where the text does not hold it, nothing is marked */
export function markedText(text: string, value?: string): Html {
  const at = value === undefined || value === '' ? -1 : text.indexOf(value.endsWith('...') ? value.slice(0, -3) : value);
  if (at < 0) return text.length <= shown ? visible(text) : html`${visible(text.slice(0, shown))}${cut(text.length - shown)}`;
  const end = at + (value!.endsWith('...') ? value!.length - 3 : value!.length);
  const [from, to] = [Math.max(0, at - around), Math.min(text.length, end + around)];
  return html`${cut(from)}${visible(text.slice(from, at))}<mark>${visible(text.slice(at, end))}</mark>${visible(text.slice(end, to))}${cut(text.length - to)}`;
}

function cut(characters: number): Html {
  return characters <= 0 ? html`` : html`<span class="cut">… ${characters.toLocaleString('en-US')} more …</span>`;
}

/** Control and invisible characters (not line breaks and tabs). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const hidden = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]|\p{Surrogate}/gu;

/** Text with its invisible characters made visible. */
function visible(text: string): Html {
  const parts: Html[] = [];
  let from = 0;
  for (const { 0: char, index } of text.matchAll(hidden)) {
    const code = `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
    parts.push(html`${text.slice(from, index)}<span class="hidden-character">${code}</span>`);
    from = index + char.length;
  }
  return new Html(parts.map((part) => part.text).join('') + html`${text.slice(from)}`.text);
}
