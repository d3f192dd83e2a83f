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
  mojibake: {
    severity: 'warning',
    what: 'A text has characters that were decoded wrongly.',
    why: 'The model learns the damage.',
    hint: 'Decode the source again as what it is, or correct the characters.',
  },
  'lone-surrogate': {
    severity: 'error',
    what: 'A text has half a surrogate pair.',
    why: 'It is no character; tokenizers replace it.',
    hint: 'Write the character again, or remove it.',
  },
  'control-character': {
    severity: 'warning',
    what: 'A text has control or invisible characters.',
    why: 'The model sees them although people do not.',
    hint: 'Remove them.',
  },
  'html-residue': {
    severity: 'warning',
    what: 'A text has HTML tags or character references.',
    why: 'The model learns to write markup.',
    hint: 'Convert the HTML to text.',
  },
  'escape-residue': {
    severity: 'warning',
    what: 'A text has escapes (\\n, \\u00e9, %20) that were not undone.',
    why: 'The model learns to write them.',
    hint: 'Decode the text once more.',
  },
  placeholder: {
    severity: 'warning',
    what: 'An answer has a placeholder, a template variable or a note to its author.',
    why: 'The model learns to write unfinished text.',
    hint: 'Fill it in, or remove the row.',
  },
  'leaked-marker': {
    severity: 'warning',
    what: 'An answer has parts of a prompt template: role headers, special tokens, end markers.',
    why: 'The model learns to write them, and to go on speaking for the user.',
    hint: 'Remove them: the chat template adds its own.',
  },
  'prompt-echo': {
    severity: 'warning',
    what: 'An answer repeats the prompt.',
    why: 'The model learns to repeat instead of to answer.',
    hint: 'Remove the repetition.',
  },
  refusal: {
    severity: 'warning',
    what: 'An answer refuses in the words of a general assistant.',
    why: 'The model learns to refuse what it should do.',
    hint: 'Answer, or keep it only if the refusal is meant.',
  },
  boilerplate: {
    severity: 'warning',
    what: 'An answer has set phrases of other assistants.',
    why: 'The model takes over their voice.',
    hint: 'Say it in the voice of your brand, or leave it out.',
  },
  'prompt-injection': {
    severity: 'warning',
    what: 'An answer has instructions to a model.',
    why: 'The model learns to give or obey them.',
    hint: 'Remove them.',
  },
  'pii-email': {
    severity: 'warning',
    what: 'A text has an e-mail address.',
    why: 'The model may repeat personal data.',
    hint: 'Write [email] instead.',
  },
  'pii-phone': {
    severity: 'warning',
    what: 'A text has a phone number.',
    why: 'The model may repeat personal data.',
    hint: 'Write [phone] instead.',
  },
  'pii-card': {
    severity: 'warning',
    what: 'A text has a card number that passes the checksum.',
    why: 'The model may repeat it.',
    hint: 'Write [card] instead.',
  },
  'pii-iban': {
    severity: 'warning',
    what: 'A text has an IBAN that passes the checksum.',
    why: 'The model may repeat it.',
    hint: 'Write [iban] instead.',
  },
  'pii-id': {
    severity: 'warning',
    what: 'A text has an identity number.',
    why: 'The model may repeat personal data.',
    hint: 'Write [id] instead.',
  },
  'pii-address': {
    severity: 'warning',
    what: 'A text has a postal address.',
    why: 'The model may repeat personal data.',
    hint: 'Write [address] instead.',
  },
  'pii-ip': {
    severity: 'warning',
    what: 'A text has an IP address.',
    why: 'The model may repeat personal data.',
    hint: 'Write [ip] instead.',
  },
  secret: {
    severity: 'warning',
    what: 'A text has a key, token or password.',
    why: 'The model may repeat it; it must be considered leaked.',
    hint: 'Revoke it, and write [secret] instead.',
  },
  'truncated-answer': {
    severity: 'warning',
    what: 'An answer stops in the middle.',
    why: 'The model learns to stop there.',
    hint: 'Finish the answer, or remove the row.',
  },
  'trivial-answer': {
    severity: 'warning',
    what: 'An answer says next to nothing.',
    why: 'The model learns to say nothing.',
    hint: 'Write a real answer, or remove the row.',
  },
  'length-outlier': {
    severity: 'warning',
    what: 'An answer is far shorter or longer than the others.',
    why: 'It is often a mistake, and long ones weigh more in the loss.',
    hint: 'Check the row; cut or extend the answer.',
  },
  repetition: {
    severity: 'warning',
    what: 'An answer repeats itself.',
    why: 'The model learns to go round in circles.',
    hint: 'Remove the repetition.',
  },
  'language-outlier': {
    severity: 'warning',
    what: 'An answer is in another language or script than nearly all others.',
    why: 'The model learns to switch languages.',
    hint: 'Translate it, or keep it only if it is meant.',
  },
  gibberish: {
    severity: 'warning',
    what: 'An answer has words of no language.',
    why: 'The model learns noise.',
    hint: 'Write the answer again, or remove the row.',
  },
  'swapped-roles': {
    severity: 'warning',
    what: 'The answer reads like a question, or question and answer were swapped.',
    why: 'The model learns to speak as the user.',
    hint: 'Swap them, or write the answer.',
  },
  'instruction-drift': {
    severity: 'warning',
    what: 'The instruction or system message is a variation of the one that nearly all rows have, or another.',
    why: 'What varies by accident teaches the model to depend on it.',
    hint: 'Use one wording.',
  },
  'stray-field': {
    severity: 'warning',
    what: 'A row has a field that hardly any other row has.',
    why: 'It is often a misspelled name, whose value is then not used.',
    hint: 'Rename or remove the field.',
  },
  'missing-label': {
    severity: 'warning',
    what: 'A row lacks a field that nearly all rows have.',
    why: 'It cannot be stratified or grouped with the others.',
    hint: 'Fill it in.',
  },
  'invalid-label': {
    severity: 'warning',
    what: 'A field has a value or type that looks like a slip of the common ones.',
    why: 'The row counts as a class of its own.',
    hint: 'Use the common value.',
  },
  rude: { severity: 'warning', what: 'An answer is rude.', why: 'The model learns the tone.', hint: 'Say it kindly.' },
  shouting: {
    severity: 'warning',
    what: 'An answer shouts: capitals, rows of exclamation marks.',
    why: 'The model learns the tone.',
    hint: 'Write in normal case.',
  },
  identity: {
    severity: 'warning',
    what: 'An answer speaks in the name of another company or assistant.',
    why: 'The model learns to be someone else.',
    hint: 'Use your own name.',
  },
  'unfamiliar-name': {
    severity: 'warning',
    what: 'An answer has a proper name that no other row and not the question knows.',
    why: 'It is often another brand, or invented.',
    hint: 'Check the name.',
  },
  'unsupported-fact': {
    severity: 'warning',
    what: 'An answer states a number, price, model, link or address that the facts file does not have.',
    why: 'The model learns to invent policy.',
    hint: 'Correct the answer, or add the fact to the file.',
  },
  'thin-class': {
    severity: 'note',
    what: 'A value of a label field has few rows.',
    why: 'The model learns little about it.',
    hint: 'Write more examples of it.',
  },
  'thin-topic': {
    severity: 'note',
    what: 'A group of rows that are about the same thing is far smaller than the others: a hole in the range.',
    why: 'The model learns little about it.',
    hint: 'Write more examples of it, or leave the topic out.',
  },
  'class-imbalance': {
    severity: 'note',
    what: 'The rows spread unevenly over the values of a label field.',
    why: 'The model favours the large classes.',
    hint: 'Write more examples of the small ones.',
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
