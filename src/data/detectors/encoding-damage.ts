/** Text that was decoded wrongly, or carries what belongs to another format: mojibake, control characters, HTML, escapes. */
import { withoutCode } from '../code-spans.ts';
import type { Detector } from './detector.ts';
import { firstOf, patternDetector } from './pattern.ts';

export function encodingDamage(): Detector[] {
  return [
    patternDetector({ code: 'mojibake', where: 'all', find: firstOf(mojibake, withoutLinks) }),
    patternDetector({
      code: 'lone-surrogate',
      where: 'all',
      find: (text) => (text.isWellFormed() ? undefined : { value: '', message: 'has half a surrogate pair, which is no character' }),
    }),
    patternDetector({ code: 'control-character', where: 'all', find: controlCharacter, habit: 0.2 }),
    patternDetector({ code: 'html-residue', where: 'all', find: firstOf(html, withoutCode), habit: 0.2 }),
    patternDetector({ code: 'escape-residue', where: 'all', find: firstOf(escapes, withoutCode), habit: 0.2 }),
  ];
}

const mojibake: readonly (readonly [RegExp, string])[] = [
  [
    /[\u00C2-\u00C5][\u0080-\u00BF\u0152\u0153\u0160\u0161\u0178\u017D\u017E\u0192\u02C6\u02DC\u2013-\u2044\u20AC\u2122]/,
    'has UTF-8 that was read as another encoding',
  ],
  [
    /\u00E2(?:\u20AC|\u0080|[\u0080-\u009F\u201A-\u201E\u2020-\u2026\u0152\u0153\u0161\u017E])./,
    'has UTF-8 that was read as another encoding',
  ],
  [/\u00F0\u0178|\u00F0\u009F|\u00EF\u00B8|\u00EF\u00BB\u00BF|\u00EF\u00BF\u00BD/, 'has UTF-8 that was read as another encoding'],
  [/(?:[ÐÑ][\u0080-\u00BF\u0152-\u2122]){2}/, 'has UTF-8 that was read as another encoding'],
  [/\uFFFD/, 'has the replacement character: the original character is lost'],
  [/(?<=\p{L})\?(?=(?:s|t|re|ve|ll|d|m)\b)/u, 'has a question mark where an apostrophe was'],
  [/\p{Ll}\?\p{Ll}{2,}/u, 'has a question mark inside a word, where a letter was lost'],
];

const invisible: readonly (readonly [RegExp, string])[] = [
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  [/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/, 'a control character'],
  [/[\u200B\u2060\uFEFF\u00AD\u180E]/, 'an invisible character'],
  [/\p{Script=Latin}[\u200C\u200D]\p{Script=Latin}/u, 'an invisible character'],
  [/(?<=[\p{Script=Latin}\s])[\u200E\u200F](?=[\p{Script=Latin}\s])/u, 'a character that turns the direction of text'],
  [/[\u202A-\u202E\u2066-\u2069]/, 'a character that turns the direction of text'],
  [/[\u{E0000}-\u{E007F}]/u, 'an invisible tag character'],
];

/** The text without its control and invisible characters, and without terminal colours. */
export function withoutInvisible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  let shown = text.replaceAll(/\u001B\[[\d;]*[A-Za-z]/g, '');
  for (const [pattern] of invisible) {
    const all = new RegExp(pattern, `${pattern.flags}g`);
    shown = shown.replaceAll(all, (found) => found.replaceAll(/[^\p{Script=Latin}]/gu, ''));
  }
  return shown;
}

function controlCharacter(text: string) {
  for (const [pattern, name] of invisible) {
    const value = pattern.exec(text)?.[0];
    if (value !== undefined)
      return { value: `U+${value.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`, message: `has ${name}` };
  }
  return undefined;
}

export const htmlTags =
  'p br hr div span a b i u strong em ul ol li td th tr table tbody h1 h2 h3 h4 h5 h6 img script style font blockquote body html center'.split(
    ' ',
  );

const html: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`</?(?:${htmlTags.join('|')})(?:\\s[^<>]{0,200})?/?>`, 'i'), 'has an HTML tag'],
  [/&(?!co;)(?:[a-z]{2,8}|#\d{2,5}|#x[0-9a-f]{2,5});/i, 'has an HTML character reference'],
  [/\[\/(?:b|i|u|s|url|img|quote|code|color|size|list|center)\]/i, 'has forum markup'],
];

const escapes: readonly (readonly [RegExp, string])[] = [
  [/\\u[0-9a-fA-F]{4}/, 'has an escape that was not undone'],
  [/\\[nrt](?![a-z])|[.!?:,]\\n|\\n\\n|\\n(?=[A-Z0-9-])/, 'has an escape that was not undone'],
  [/(?<![\\:/])\b[a-z]+\\[nrt][a-z]+\b/, 'has an escape that was not undone'],
  [/\\"/, 'has an escaped quote'],
  [/(?:%[0-9A-F]{2}){2,}|\w%20\w/, 'has text in URL encoding'],
  [/(?:=[0-9A-F]{2}){2,}|=\n(?=\w)/, 'has text in quoted-printable encoding'],
];

function withoutLinks(text: string): string {
  return text.replaceAll(/\S*[/=]\S*\?\S*|\S+\?\S+=\S*/g, (link) => ' '.repeat(link.length));
}
