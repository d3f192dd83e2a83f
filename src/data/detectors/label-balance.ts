/** How the rows spread over the values of a label field (topic, category ...): notes on the file, and the classes that are thin. */
import { finding } from '../findings.ts';
import { isLabelName } from '../profile/label-names.ts';
import type { Detector } from './detector.ts';

const mostLabels = 100;
/** Fewer examples than this teach little. */
const thin = 10;
/** The largest class against the smallest. */
const unbalanced = 5;

export function labelBalance(): Detector {
  const fields = new Map<string, Map<string, number>>();
  let file = '';
  return {
    see(row) {
      file = row.file;
      for (const [name, value] of Object.entries(row.fields)) {
        if (!isLabelName(name) || typeof value !== 'string') continue;
        const counts = fields.get(name) ?? new Map<string, number>();
        fields.set(name, counts);
        if (counts.size <= mostLabels) counts.set(value, (counts.get(value) ?? 0) + 1);
      }
    },
    *finish() {
      for (const [name, counts] of fields) {
        if (counts.size < 2 || counts.size > mostLabels) continue;
        const sorted = [...counts].sort(([, a], [, b]) => a - b);
        const [smallest, largest] = [sorted[0]!, sorted.at(-1)!];
        for (const [value, n] of sorted.filter(([, count]) => count < thin)) {
          yield finding('thin-class', {
            file,
            line: null,
            field: name,
            value,
            message: `only ${n} rows have ${name} = ${JSON.stringify(value)}`,
          });
        }
        if (largest[1] < smallest[1] * unbalanced) continue;
        yield finding('class-imbalance', {
          file,
          line: null,
          field: name,
          message: `${largest[1]} rows have ${name} = ${JSON.stringify(largest[0])}, ${smallest[1]} have ${JSON.stringify(smallest[0])}`,
        });
      }
    },
  };
}
