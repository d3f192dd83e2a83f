/** What a detector is: it sees the rows one by one, and keeps as little of them as it can. */
import type { Finding } from '../findings.ts';
import type { Row } from '../row.ts';

export interface Detector {
  /** Takes note of a row. */
  see?(row: Row): void;
  /** What this row shows by itself, or with those before it. */
  row?(row: Row): Iterable<Finding>;
  /** What only the whole file shows. */
  finish?(): Iterable<Finding>;
}
