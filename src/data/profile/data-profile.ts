/** What a data set looks like as a whole: how long its texts are, how many turns, which classes and topics. */
import type { Row } from '../row.ts';
import { answersOf, questionOf } from '../texts.ts';
import { Histogram, type HistogramData } from './histogram.ts';
import { isLabelName } from './label-names.ts';

export interface LabelProfile {
  field: string;
  /** The largest first. */
  values: { value: string; rows: number }[];
}

export interface TopicProfile {
  /** The words most typical of it, best first. */
  words: string[];
  /** Estimated from a part of the rows where there are very many. */
  rows: number;
  /** Lines of the rows nearest to its centre, best first. */
  lines: number[];
}

export interface DataProfile {
  /** Characters; null where no row has one. */
  questions: HistogramData | null;
  answers: HistogramData | null;
  /** Turns of a conversation, the system message not counted. */
  turns: HistogramData | null;
  labels: LabelProfile[];
}

/** A field with more values than this is no label. */
const mostValues = 60;

export class ProfileBuilder {
  readonly #questions = new Histogram();
  readonly #answers = new Histogram();
  readonly #turns = new Histogram();
  readonly #labels = new Map<string, Map<string, number>>();

  see(row: Row): void {
    for (const { text } of answersOf(row)) this.#answers.add(text.length);
    if (row.kind === 'chat') {
      this.#questions.add(questionOf(row).length);
      this.#turns.add(row.turns.filter(({ role }) => role !== 'system').length);
    }
    for (const [field, value] of Object.entries(row.fields)) {
      if (typeof value !== 'string' || !isLabelName(field)) continue;
      const values = this.#labels.get(field) ?? new Map<string, number>();
      this.#labels.set(field, values);
      if (values.has(value) || values.size <= mostValues) values.set(value, (values.get(value) ?? 0) + 1);
    }
  }

  profile(): DataProfile {
    const labels = [...this.#labels]
      .filter(([, values]) => values.size > 1 && values.size <= mostValues)
      .map(([field, values]) => ({
        field,
        values: [...values].map(([value, rows]) => ({ value, rows })).sort((a, b) => b.rows - a.rows),
      }));
    return { questions: this.#questions.data(), answers: this.#answers.data(), turns: this.#turns.data(), labels };
  }
}
