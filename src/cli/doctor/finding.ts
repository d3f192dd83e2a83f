/** One line of `fettle doctor`. */
export interface Finding {
  /** What was looked at. */
  name: string;
  /** `missing` keeps fettle from working; `note` does not. */
  status: 'ok' | 'note' | 'missing';
  found: string;
  /** How to mend it. */
  mend?: string;
}
