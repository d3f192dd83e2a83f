/** Rows with the same content hash as an earlier row. */
import { finding } from '../findings.ts';
import type { Detector } from './detector.ts';

export function exactDuplicate(): Detector {
  /** Half a hash (as a binary string, to save memory) to the line of the first row that has it. */
  const firstLine = new Map<string, number>();
  return {
    *row({ hash, file, line }) {
      const key = Buffer.from(hash.slice(0, 32), 'hex').toString('latin1');
      const first = firstLine.get(key);
      if (first === undefined) firstLine.set(key, line);
      else yield finding('exact-duplicate', { file, line, of_line: first, message: `has the same content as line ${first}` });
    },
  };
}
