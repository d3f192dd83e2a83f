/** Proper names in answers that no other row and not the question knows: another brand, an invented person or product. */
import { type Finding, finding } from '../findings.ts';
import { answersOf, textsOf } from '../texts.ts';
import type { Detector } from './detector.ts';

/** In data where more rows than this bring new names, names say nothing. */
const habit = 0.06;
const enoughRows = 100;
const mostWords = 300_000;

/** A capitalised word inside a sentence, or two at its beginning. */
const names = /(?<=[\p{Ll},;] )\p{Lu}[\p{L}\d]{2,}|(?<=(?:[.!?] |^))\p{Lu}[\p{L}\d]+(?= \p{Lu}\p{Ll})/gmu;
const calendar = new Set(
  'Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September October November December Christmas Easter Thanksgiving English German French Spanish American European New York I'.split(
    ' ',
  ),
);

export function unfamiliarName(): Detector {
  /** Words written small, and rows that have each capitalised word. */
  const small = new Set<string>();
  const capital = new Map<string, number>();
  const suspected: { name: string; found: Finding }[] = [];
  let rows = 0;
  return {
    see(row) {
      if (row.kind !== 'chat') return;
      rows++;
      const all = textsOf(row);
      const whole = all.map(({ text }) => text).join('\n');
      for (const word of whole.match(/(?<![\p{L}\d])\p{Ll}{2,}/gu) ?? []) if (small.size < mostWords) small.add(word);
      for (const word of new Set(whole.match(/\p{Lu}[\p{L}\d]+/gu)))
        if (capital.has(word) || capital.size < mostWords) capital.set(word, (capital.get(word) ?? 0) + 1);
      const asked = all
        .filter(({ role }) => role !== 'assistant')
        .map(({ text }) => text.toLowerCase())
        .join('\n');
      const { file, line } = row;
      for (const { field, text } of answersOf(row)) {
        for (const [name] of text.matchAll(names)) {
          if (calendar.has(name) || asked.includes(name.toLowerCase())) continue;
          suspected.push({
            name,
            found: finding('unfamiliar-name', {
              file,
              line,
              field,
              value: name,
              message: `names ${name}, which no other row and not the question knows`,
            }),
          });
        }
        if (suspected.length > mostWords) suspected.length = 0; // plainly a habit
      }
    },
    *finish() {
      if (rows < enoughRows) return;
      const unknown = suspected.filter(({ name }) => capital.get(name) === 1 && !small.has(name.toLowerCase()));
      const byLine = new Map(unknown.map(({ found }) => [found.line, found]));
      if (byLine.size <= rows * habit) yield* byLine.values();
    },
  };
}
