/** The one table of what `fettle check` can find. `docs/findings.md` is generated from it; codes are stable. */

export type Severity = 'error' | 'warning' | 'note';

export interface FindingKind {
  severity: Severity;
  /** What was found, for the table. */
  what: string;
  /** Why it matters. */
  why: string;
  /** What to do about it. */
  hint: string;
}

export const findingKinds = {
  'invalid-json': {
    severity: 'error',
    what: 'A line is no JSON object.',
    why: 'The row cannot be read.',
    hint: 'Mend or remove the line.',
  },
  'invalid-csv': {
    severity: 'error',
    what: 'A row of a table has too many or too few cells, or a quote is not closed.',
    why: 'The row cannot be read.',
    hint: 'Quote cells that hold the delimiter, a quote or a line break.',
  },
  'invalid-parquet': {
    severity: 'error',
    what: 'A Parquet file is damaged.',
    why: 'The rows after it cannot be read.',
    hint: 'Write or download the file again.',
  },
  'not-utf8': {
    severity: 'error',
    what: 'A line is not UTF-8, or holds a NUL byte.',
    why: 'The text cannot be known.',
    hint: 'Convert the file to UTF-8.',
  },
  'too-long-line': {
    severity: 'error',
    what: 'A line is longer than any row.',
    why: 'It is no row.',
    hint: 'Put the missing line breaks back.',
  },
  'wrong-shape': {
    severity: 'error',
    what: 'A row has another shape than the others, or none that is known.',
    why: 'One file holds one shape.',
    hint: 'Convert the row, or move it to a file of its own.',
  },
  'missing-field': {
    severity: 'error',
    what: 'A row lacks a field that its shape needs.',
    why: 'There is nothing to train, or nothing to ask.',
    hint: 'Add the field, or remove the row.',
  },
  'invalid-field': {
    severity: 'error',
    what: 'A field has the wrong type, or an empty question.',
    why: 'The row cannot be rendered.',
    hint: 'Mend the value, or remove the row.',
  },
  'empty-answer': {
    severity: 'error',
    what: 'An answer has no text.',
    why: 'The model would learn to say nothing.',
    hint: 'Write the answer, or remove the row.',
  },
  'exact-duplicate': {
    severity: 'warning',
    what: 'A row has the same content as an earlier one.',
    why: 'It counts twice in training, and can leak from training into the test.',
    hint: 'Remove the copy.',
  },
  'near-duplicate': {
    severity: 'warning',
    what: 'A row asks and answers nearly the same as an earlier one.',
    why: 'It counts twice in training, and can leak from training into the test.',
    hint: 'Keep the better one; splits keep both in one part.',
  },
  contradiction: {
    severity: 'warning',
    what: 'A row asks the same as an earlier one and answers otherwise.',
    why: 'The model learns to guess between the two.',
    hint: 'Decide which answer is right, and correct or remove the other.',
  },
  'duplicate-answer': {
    severity: 'warning',
    what: 'A row answers another question in the words of an earlier row.',
    why: 'One of the two was probably pasted by mistake.',
    hint: 'Check that the answer fits the question.',
  },
  'search-limited': {
    severity: 'note',
    what: 'The file is so large that near-duplicates were searched in its first part only.',
    why: 'The rest was not compared.',
    hint: 'Check the parts of the file one by one.',
  },
  'turn-order': {
    severity: 'warning',
    what: 'The turns of a conversation do not alternate, or it does not end with an answer.',
    why: 'Many chat templates refuse such conversations; turns after the last answer train nothing.',
    hint: 'Merge turns of one speaker; end with an answer.',
  },
  'over-long': {
    severity: 'error',
    what: 'A row has more tokens than the limit.',
    why: 'Training refuses it, or would cut the end of the answer.',
    hint: 'Shorten the row, raise max_length, or set long_examples.',
  },
  'no-stop-token': {
    severity: 'error',
    what: 'The rendered row has no stop token after an answer.',
    why: 'The model would never learn to stop.',
    hint: 'Use the chat template of the instruct model.',
  },
  'no-supervised-tokens': {
    severity: 'error',
    what: 'The rendered row has no token to train.',
    why: 'It costs time and teaches nothing.',
    hint: 'Remove the row.',
  },
  'render-failed': {
    severity: 'error',
    what: 'The chat template refuses or drops parts of the row, or BOS is doubled.',
    why: 'The row cannot be trained.',
    hint: 'Change the turns so that the template accepts them.',
  },
  'special-token-in-text': {
    severity: 'warning',
    what: 'A text spells a special token of the model.',
    why: 'The tokenizer reads it as that token: it can end the turn in the middle, or forge one.',
    hint: 'Remove it, or write it in another way.',
  },
} as const satisfies Record<string, FindingKind>;

export type FindingCode = keyof typeof findingKinds;

/** One thing found in one row (or, with `line` null, in the file). */
export interface Finding {
  code: FindingCode;
  severity: Severity;
  file: string;
  /** 1-based. */
  line: number | null;
  field: string | null;
  message: string;
  hint: string;
  /** The other row that is meant: the first copy, the contradicting row. */
  of_line?: number;
  /** The piece of text at fault. */
  value?: string;
  why?: string;
}

/** A finding of a kind, with the words of the table where none are given. */
export function finding(code: FindingCode, place: Pick<Finding, 'file' | 'line'> & Partial<Finding>): Finding {
  const kind = findingKinds[code];
  const { file, line, field = null, message = kind.what, ...more } = place;
  return { code, severity: kind.severity, file, line, field, message, hint: kind.hint, why: kind.why, ...more };
}
