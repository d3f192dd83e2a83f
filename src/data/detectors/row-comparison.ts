/** What only all rows together show: near-duplicates and contradictions, and the topics that the rows are about. */
import { findTopics } from '../clusters/topics.ts';
import { joinVectors, lexicalVectors } from '../clusters/vectors.ts';
import { finding } from '../findings.ts';
import type { Meanings } from '../meaning/row-meanings.ts';
import { NumberList } from '../number-list.ts';
import type { TopicProfile } from '../profile/data-profile.ts';
import { RowSimilarity, type SimilarRows } from '../similarity/near-rows.ts';
import type { Detector } from './detector.ts';
import { nearDuplicates, type RowPlaces } from './near-duplicate.ts';
import { thinTopics } from './thin-topic.ts';

/** Of more rows than this, evenly chosen ones show what the rows are about. */
const mostClustered = 20_000;

export interface RowComparison extends Detector {
  /** The largest first; known once `finish` is through. */
  readonly topics: readonly TopicProfile[];
  /** What the first rows mean to a model; to be told before `finish`. */
  meanings: Meanings | undefined;
}

export function rowComparison(): RowComparison {
  const similarity = new RowSimilarity();
  const lines = new NumberList((n) => new Uint32Array(n));
  /** The beginning of each content hash. */
  const hashes = new NumberList((n) => new Float64Array(n));
  let topics: TopicProfile[] = [];
  let file = '';
  let left = 0;
  return {
    get topics() {
      return topics;
    },
    meanings: undefined,
    see(row) {
      file = row.file;
      if (row.kind === 'tokens') return;
      if (left > 0 || !similarity.add(row)) left++;
      else {
        lines.push(row.line);
        hashes.push(Number.parseInt(row.hash.slice(0, 13), 16));
      }
    },
    *finish() {
      const similar = similarity.finish(this.meanings);
      const places: RowPlaces = { file, line: (i) => lines.at(i), isCopy: (a, b) => hashes.at(a) === hashes.at(b) };
      yield* nearDuplicates(similar, places);
      topics = topicsOf(similar, places, this.meanings);
      similar.close();
      yield* thinTopics(topics, file);
      const size = this.meanings?.questions.size ?? lines.length;
      if (size < lines.length) {
        const message = `the meaning was compared of the first ${size} rows, not of the other ${lines.length - size}`;
        yield finding('search-limited', { file, line: null, message });
      }
      if (left === 0) return;
      const message = `near-duplicates were searched among the first ${lines.length} rows, not the other ${left}`;
      yield finding('search-limited', { file, line: null, message });
    },
  };
}

function topicsOf(similar: SimilarRows, { line }: RowPlaces, meanings: Meanings | undefined): TopicProfile[] {
  const stride = Math.ceil(similar.size / mostClustered);
  const rows = Array.from({ length: Math.floor(similar.size / stride) }, (_, k) => k * stride);
  const texts = rows.map((i) => `${similar.question(i)} ${similar.answer(i)}`.trim());
  // Where only some rows have a meaning, words are what all have.
  const meant = meanings?.questions.size === rows.length;
  const { topics } = meant
    ? findTopics(texts, joinVectors(lexicalVectors(texts), meanings.questions, meanings.answers))
    : findTopics(texts);
  return topics.map(({ words, rows: count, central }) => ({ words, rows: count * stride, lines: central.map((k) => line(rows[k]!)) }));
}
