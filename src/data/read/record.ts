/** What readers yield: one record of a file, or why there is none. */
import type { ErrorCode, Problem } from '../../errors.ts';

export interface RawRecord {
  /** 1-based: the line where it begins; in Parquet the number of the row. */
  line: number;
  value: unknown;
}

/** Something wrong with the data, with the error code it calls for. */
export interface Flaw {
  code: Extract<ErrorCode, 'FETTLE_DATA' | 'FETTLE_DATA_ENCODING' | 'FETTLE_DATA_FORMAT'>;
  problem: Problem;
}

export function isFlaw(x: object): x is Flaw {
  return 'problem' in x;
}
