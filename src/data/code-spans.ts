/** Code in a text (fenced blocks and `spans`), where what looks like damage is meant. */

const code = /```[\s\S]*?(?:```|$)|`[^`\n]+`/g;

/** The text with blanks instead of its code, at the same length. */
export function withoutCode(text: string): string {
  return text.replaceAll(code, (span) => ' '.repeat(span.length));
}

/** The text with everything but its code changed. */
export function outsideCode(text: string, change: (text: string) => string): string {
  let changed = '';
  let from = 0;
  for (const { 0: span, index } of text.matchAll(code)) {
    changed += change(text.slice(from, index)) + span;
    from = index + span.length;
  }
  return changed + change(text.slice(from));
}
