/** What readers yield: one record of a file, or why there is none. */
import type { ErrorCode, Problem } from '../../errors.ts';

export interface RawRecord {
  /** 1-based: the line where it begins; in Parquet the number of the row. */
  line: number;
  value: unknown;
}

/** What `fettle check` calls a row that cannot be used (src/data/findings.ts). */
export type FlawFinding =
  | 'invalid-json'
  | 'invalid-csv'
  | 'invalid-parquet'
  | 'not-utf8'
  | 'wrong-shape'
  | 'missing-field'
  | 'invalid-field'
  | 'empty-answer'
  | 'too-long-line';

/** Something wrong with the data, with the error code it calls for. */
export interface Flaw {
  finding: FlawFinding;
  code: Extract<ErrorCode, 'FETTLE_DATA' | 'FETTLE_DATA_ENCODING' | 'FETTLE_DATA_FORMAT'>;
  problem: Problem;
  /** The record at fault, where it could be read as an object. */
  record?: Readonly<Record<string, unknown>>;
}

export function isFlaw(x: object): x is Flaw {
  return 'problem' in x;
}
