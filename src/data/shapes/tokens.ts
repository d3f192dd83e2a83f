/** tokens: {"input_ids": [...], "labels": [...]}, labels not shifted, -100 where not trained. */
import { describeValue, type RawRow, type Report, type ShapeParser } from './shape-parser.ts';

/** Hugging Face's label of a position that is not trained. */
export const ignoredLabel = -100;

export const tokens: ShapeParser = {
  shape: 'tokens',
  signature: ['input_ids', 'labels'],
  keys: ['input_ids', 'labels', 'attention_mask'],
  parse(row, report) {
    const ids = integers(row, 'input_ids', report);
    const labels = integers(row, 'labels', report);
    if (ids === undefined || labels === undefined) return undefined;
    if (ids.length !== labels.length) {
      report(
        'labels',
        `expected as many labels as input_ids (${ids.length}), found ${labels.length}`,
        'Labels are not shifted: one for each token.',
      );
      return undefined;
    }
    const negative = ids.findIndex((id) => id < 0);
    if (negative >= 0) report(`input_ids[${negative}]`, `expected a token id, found ${ids[negative]}`);
    const wrong = labels.findIndex((label) => label < 0 && label !== ignoredLabel);
    if (wrong >= 0) report(`labels[${wrong}]`, `expected a token id or -100 (not trained), found ${labels[wrong]}`);
    return negative >= 0 || wrong >= 0 ? undefined : { kind: 'tokens', input_ids: ids, labels };
  },
};

function integers(row: RawRow, key: string, report: Report): number[] | undefined {
  const value = row[key];
  if (!Array.isArray(value) || value.length === 0) {
    report(key, `expected a list of token ids, found ${describeValue(value)}`);
    return undefined;
  }
  const odd = (value as unknown[]).findIndex((id) => !Number.isInteger(id) || Math.abs(id as number) > 0x7fffffff);
  if (odd < 0) return value as number[];
  report(`${key}[${odd}]`, `expected a whole number, found ${describeValue(value[odd])}`);
  return undefined;
}
