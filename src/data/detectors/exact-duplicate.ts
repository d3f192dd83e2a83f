/** Rows with the same content hash as an earlier row. */
import { finding } from '../findings.ts';
import type { Detector } from './detector.ts';
import { FirstLines } from './first-lines.ts';

export function exactDuplicate(): Detector {
  const firstLines = new FirstLines();
  return {
    *row({ hash, file, line }) {
      const first = firstLines.add(hash, line);
      if (first !== undefined)
        yield finding('exact-duplicate', { file, line, of_line: first, message: `has the same content as line ${first}` });
    },
  };
}
