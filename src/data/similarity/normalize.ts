/** Text as comparison sees it: lower case, no accents or punctuation, single blanks. */

/** Per ASCII code: itself in lower case when a letter or digit, 0 for what is dropped (quotes), 32 for what separates words. */
const asciiClass = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (/[a-z0-9]/i.test(char)) return char.toLowerCase().charCodeAt(0);
  return char === "'" || char === '`' ? 0 : 32;
});

/** Words of `text` joined by single blanks; letters and digits of every script are kept. */
export function normalizeText(text: string): string {
  return normalizeAscii(text) ?? normalizeUnicode(text);
}

/** Undefined when the text has other characters. */
function normalizeAscii(text: string): string | undefined {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  let gap = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 128) return undefined;
    const to = asciiClass[code]!;
    if (to === 32) gap = length > 0;
    else if (to !== 0) {
      if (gap) bytes[length++] = 32;
      gap = false;
      bytes[length++] = to;
    }
  }
  return Buffer.from(bytes.buffer, 0, length).toString('latin1');
}

function normalizeUnicode(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase()
    .replaceAll(/['’`]/g, '')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

export function wordsOf(text: string): string[] {
  const normal = normalizeText(text);
  return normal === '' ? [] : normal.split(' ');
}
