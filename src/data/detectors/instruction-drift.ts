/** Rows whose instruction or system message is not quite, or not at all, the one that nearly all others have. */
import { finding } from '../findings.ts';
import type { Row } from '../row.ts';
import { normalizeText } from '../similarity/normalize.ts';
import { shinglesOf } from '../similarity/shingles.ts';
import { similarity } from '../similarity/weights.ts';
import type { Detector } from './detector.ts';

/** An instruction is common when this share of the rows has it, and rare below the other; slips of a common one may be less rare. */
const common = 0.04;
const rare = 0.015;
const rareSlip = 0.05;
/** The data is templated when common instructions cover this share. */
const templated = 0.9;
/** This alike, a rare instruction is a slip in a common one. */
const slip = 0.6;
/** More distinct texts than this are no template; counting stops. */
const mostDistinct = 20_000;
const enoughRows = 30;

interface Variant {
  text: string;
  rows: number;
  lines: number[];
}

export function instructionDrift(): Detector {
  const slots = { instruction: new Map<string, Variant>(), system: new Map<string, Variant>() };
  const rows = { instruction: 0, system: 0 };
  let all = 0;
  let file = '';
  const count = (slot: keyof typeof slots, text: string, line: number) => {
    const variants = slots[slot];
    rows[slot]++;
    const variant = variants.get(text) ?? { text, rows: 0, lines: [] };
    variant.rows++;
    if (variant.lines.length < 100) variant.lines.push(line);
    if (variants.size < mostDistinct) variants.set(text, variant);
  };
  return {
    see(row) {
      if (row.kind !== 'chat') return;
      file = row.file;
      all++;
      const system = row.turns[0]?.role === 'system' ? row.turns[0].content : '';
      count('system', system, row.line);
      const instruction = instructionOf(row);
      if (instruction !== undefined) count('instruction', instruction, row.line);
    },
    *finish() {
      for (const slot of ['instruction', 'system'] as const) {
        const total = rows[slot];
        if (total < Math.max(enoughRows, all * 0.5)) continue;
        const variants = [...slots[slot].values()];
        const main = variants.filter((variant) => variant.rows >= Math.max(3, total * common));
        if (main.reduce((n, variant) => n + variant.rows, 0) < total * templated) continue;
        const sets = main.map((variant) => shinglesOf(variant.text));
        for (const variant of variants) {
          if (main.includes(variant) || variant.rows > Math.max(2, total * rareSlip)) continue;
          const set = shinglesOf(variant.text);
          const alike = main.map((_, i) => similarity(set, sets[i]!, () => 1));
          const best = alike.indexOf(Math.max(...alike));
          const same = normalizeText(variant.text) === normalizeText(main[best]!.text);
          const missing = slot === 'system' && variant.text === '';
          if (!same && !missing && alike[best]! < slip && variant.rows > Math.max(2, total * rare)) continue;
          const how = same
            ? 'differs from the common one only in case, blanks or punctuation'
            : alike[best]! >= slip
              ? 'is a slight variation of the common one'
              : 'is another than the common ones';
          const name = missing
            ? 'lacks the system message that nearly all rows have'
            : `the ${slot === 'system' ? 'system message' : 'instruction'} ${how}`;
          for (const line of variant.lines)
            yield finding('instruction-drift', {
              file,
              line,
              field: slot,
              value: variant.text.slice(0, 80),
              message: name,
              hint: `Use the common wording: ${JSON.stringify(main[best]!.text.slice(0, 120))}`,
            });
        }
      }
    },
  };
}

/** The first paragraph of the first user turn, where more follows. */
function instructionOf(row: Extract<Row, { kind: 'chat' }>): string | undefined {
  const first = row.turns.find((turn) => turn.role === 'user')?.content;
  const at = first?.indexOf('\n\n') ?? -1;
  if (first === undefined || at < 0) return undefined;
  return first.slice(0, at);
}
