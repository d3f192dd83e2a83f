/** Proper names in answers that no other row and not the question knows: another brand, an invented person or product. */
import { finding } from '../findings.ts';
import { answersOf, textsOf } from '../texts.ts';
import type { Detector } from './detector.ts';

/** In data where more rows than this bring new names, names say nothing. */
const habit = 0.06;
const enoughRows = 100;
const mostWords = 300_000;
const mostSuspected = 100_000;

/** A capitalised word inside a sentence, or two at its beginning. */
const names = /(?<=[\p{Ll},;] )\p{Lu}[\p{L}\d]{2,}|(?<=(?:[.!?] |^))\p{Lu}[\p{L}\d]+(?= \p{Lu}\p{Ll})/gmu;
/** Names that belong to nobody: of days, months, feasts, languages, peoples and countries. */
const commonNames = new Set(
  'Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September October November December Christmas Easter Thanksgiving American European British Internet Bluetooth York I'
    .split(' ')
    .concat(displayNames('language'), displayNames('region')),
);

/** The words of the names that the standards give to codes of two letters. */
function displayNames(type: 'language' | 'region'): string[] {
  const names = new Intl.DisplayNames(['en'], { type, fallback: 'none' });
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const codes = letters.flatMap((first) => letters.map((second) => first + second));
  return codes.flatMap((code) => names.of(type === 'region' ? code : code.toLowerCase())?.split(/[\s()]+/) ?? []);
}

export function unfamiliarName(): Detector {
  /** Words written small, and rows that have each capitalised word. */
  const small = new Set<string>();
  const capital = new Map<string, number>();
  let suspected: { name: string; line: number; field: string }[] = [];
  let rows = 0;
  let file = '';
  const isUnknown = ({ name }: { name: string }) => capital.get(name) === 1 && !small.has(name.toLowerCase());
  return {
    see(row) {
      if (row.kind !== 'chat') return;
      rows++;
      file = row.file;
      const all = textsOf(row);
      const whole = all.map(({ text }) => text).join('\n');
      for (const word of whole.match(/(?<![\p{L}\d])\p{Ll}{2,}/gu) ?? []) if (small.size < mostWords) small.add(word);
      for (const word of new Set(whole.match(/\p{Lu}[\p{L}\d]+/gu)))
        if (capital.has(word) || capital.size < mostWords) capital.set(word, (capital.get(word) ?? 0) + 1);
      const asked = all
        .filter(({ role }) => role !== 'assistant')
        .map(({ text }) => text.toLowerCase())
        .join('\n');
      for (const { field, text } of answersOf(row)) {
        for (const [name] of text.matchAll(names)) {
          if (
            !commonNames.has(name) &&
            !commonNames.has(name.replace(/s$/, '')) &&
            !asked.includes(name.toLowerCase()) &&
            capital.get(name) === 1
          )
            suspected.push({ name, line: row.line, field });
        }
      }
      if (suspected.length > mostSuspected) suspected = suspected.filter(isUnknown);
      if (suspected.length > mostSuspected) suspected = []; // plainly a habit
    },
    *finish() {
      if (rows < enoughRows) return;
      const byLine = new Map(suspected.filter(isUnknown).map((one) => [one.line, one]));
      if (byLine.size > rows * habit) return;
      for (const { name, line, field } of byLine.values()) {
        const message = `names ${name}, which no other row and not the question knows`;
        yield finding('unfamiliar-name', { file, line, field, value: name, message });
      }
    },
  };
}
