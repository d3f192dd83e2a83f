/** Personal data and secrets: each with a proposal what to write instead. Checksums keep order numbers apart from cards and accounts. */
import type { FindingCode } from '../findings.ts';
import type { Detector } from './detector.ts';
import { type Match, patternDetector } from './pattern.ts';

interface Kind {
  code: FindingCode;
  pattern: RegExp;
  what: string;
  /** What to write instead. */
  redacted: string;
  valid?: (value: string, before: string) => boolean;
}

const digits = (value: string) => value.replaceAll(/\D/g, '');

const kinds: readonly Kind[] = [
  { code: 'pii-email', pattern: /[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/gi, what: 'an e-mail address', redacted: '[email]' },
  {
    code: 'pii-iban',
    pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b/g,
    what: 'an IBAN',
    redacted: '[iban]',
    valid: isIban,
  },
  { code: 'pii-card', pattern: /(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d-])/g, what: 'a card number', redacted: '[card]', valid: isCard },
  {
    code: 'pii-id',
    pattern: /(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])/g,
    what: 'a US social security number',
    redacted: '[ssn]',
  },
  {
    code: 'pii-phone',
    pattern: /(?<![\w+$€£.,/-])(?:\+|00)?\(?\d(?:[ ./()\u00A0-]{0,2}\d){6,14}(?![\w%-]|[.,]\d)/g,
    what: 'a phone number',
    redacted: '[phone]',
    valid: isPhone,
  },
  {
    code: 'pii-id',
    pattern:
      /\b(?:passport|driver['’]?s? licen[cs]e|SSN|social security|national id|tax id)\b[^.\n]{0,20}?(?:number|no\.?|#|is|:)\s*:?\s*[A-Z0-9-]{6,12}\b/gi,
    what: 'an identity number',
    redacted: '[id]',
    valid: (value) => digits(value).length >= 4,
  },
  {
    code: 'pii-address',
    pattern:
      /\b\d{1,5}[A-Z]? (?:[NSEW]\.? )?(?:[A-Z][a-z]+ ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Way|Place|Pl)\b\.?/g,
    what: 'a postal address',
    redacted: '[address]',
  },
  {
    code: 'pii-ip',
    pattern: /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\.?\d)/g,
    what: 'an IP address',
    redacted: '[ip]',
    valid: (value) => !/^(?:127|0|10|192\.168)\./.test(value),
  },
  {
    code: 'secret',
    pattern:
      /\b(?:sk|pk|rk)[-_](?:live|test|proj|ant)?[-_]?[A-Za-z0-9_-]{16,}|\bAKIA[0-9A-Z]{12,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bxox[baprs]-[\w-]{10,}|\bAIza[\w-]{30,}|\bhf_[A-Za-z0-9]{20,}|\bglpat-[\w-]{16,}|\bnpm_[A-Za-z0-9]{30,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
    what: 'a key',
    redacted: '[secret]',
  },
  { code: 'secret', pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/g, what: 'a private key', redacted: '[secret]' },
  { code: 'secret', pattern: /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]+@/gi, what: 'a URL with a password', redacted: '[secret]' },
  {
    code: 'secret',
    pattern:
      /\b(?:password|passwd|pwd|passcode|api[ _-]?key|secret[ _-]?key|access[ _-]?token|auth[ _-]?token|bearer)\b\s*(?:is|was|=|:)\s*["'`]?(?=\S*\d)[^\s"'`,;]{6,}/gi,
    what: 'a password or key',
    redacted: '[secret]',
  },
  {
    code: 'pii-id',
    pattern:
      /\b(?:DOB|date of birth|born|birthday|birth date|geboren(?: am)?|Geburtsdatum|né(?:e)? le)\b[^.\n]{0,15}?\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}/gi,
    what: 'a date of birth',
    redacted: '[date of birth]',
  },
];

/** What stands before a number tells what it is. */
const contextCharacters = 40;

const codes = [...new Set(kinds.map((kind) => kind.code))];

export function personalData(): Detector[] {
  return codes.map((code) => {
    const own = kinds.filter((kind) => kind.code === code);
    return patternDetector({ code, where: 'all', find: (text) => firstFound(text, own) });
  });
}

/** The text with a word for its kind in the place of everything personal or secret. */
export function redact(text: string): string {
  let redacted = text;
  for (const { pattern, valid, redacted: word } of kinds) {
    redacted = redacted.replaceAll(pattern, (value, ...more) => {
      const at = more.find((one) => typeof one === 'number') as number;
      return valid === undefined || valid(value, redacted.slice(Math.max(0, at - contextCharacters), at)) ? word : value;
    });
  }
  return redacted;
}

function firstFound(text: string, own: readonly Kind[]): Match | undefined {
  for (const { pattern, valid, what, redacted } of own) {
    for (const { 0: value, index } of text.matchAll(pattern)) {
      if (valid !== undefined && !valid(value, text.slice(Math.max(0, index - contextCharacters), index))) continue;
      return { value, message: `has ${what}`, hint: `Write ${redacted} instead, or a value that is plainly made up.` };
    }
  }
  return undefined;
}

/** Words before a number that make it one to call. */
const callWords =
  /\b(?:phone|tel(?:ephone|efon)?|call|cell|mobile|mobil|handy|text|sms|whatsapp|ring|reach|dial|fax|hotline|rufen|anrufen|nummer|téléphone|teléfono|my number|his number|her number)\b[^\d]*$/i;
const otherWords =
  /\b(?:order|invoice|ticket|tracking|serial|account|reference|ref|item|case|booking|part|model|isbn|sku|customer|contract|policy|bestell\w*|rechnung\w*|konto\w*)\b[^\d]*$/i;

/** A number written as phone numbers are, or one that the words before it call so. */
function isPhone(value: string, before: string): boolean {
  const count = digits(value).length;
  if (count < 7 || count > 15 || /^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}$|^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}$|^\d{4}-\d{4}$/.test(value)) return false;
  if (/^\+\d/.test(value) || /^\(\d{2,5}\)/.test(value)) return count >= 8;
  if (otherWords.test(before)) return false;
  if (callWords.test(before)) return true;
  if (/^(?:1[ .-])?\d{3}[ .-]\d{3}[ .-]\d{4}$|^555-\d{4}$/.test(value)) return true;
  return /^0\d/.test(value) && count >= 9 && /[ ./()-]/.test(value.trim());
}

/** ISO 7812: 13 to 19 digits that pass Luhn's check and begin as a card does. */
function isCard(value: string): boolean {
  const number = digits(value);
  if (!/^(?:3[4-7]|4|5[0-5]|2[2-7]|6)/.test(number) || number.length < 13) return false;
  let sum = 0;
  for (const [i, digit] of [...number].reverse().entries()) {
    const n = Number(digit) * (i % 2 === 1 ? 2 : 1);
    sum += n > 9 ? n - 9 : n;
  }
  return sum % 10 === 0;
}

/** ISO 13616: the check digits make the rearranged number 1 modulo 97. */
function isIban(value: string): boolean {
  const compact = value.replaceAll(' ', '');
  if (compact.length < 15 || compact.length > 34) return false;
  const numeric = (compact.slice(4) + compact.slice(0, 4)).replaceAll(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  let rest = 0;
  for (const digit of numeric) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}
