/** What the rows are about: clusters of alike rows, each named by the words that are typical of it. */
import { kMeans } from './k-means.ts';
import { lexicalVectors, type Vectors } from './vectors.ts';

/** Clusters grow in number with the square root of the rows. */
const rowsPerSquare = 3;
const mostClusters = 24;
const namedBy = 4;
/** Words that name nothing. */
const functionWords = new Set(
  'the and for you your our are but not with this that from have has was were will can could would should may might must its it is they them their there then than when where what which while who how why she her him his own one two any all some someone also only just over both before after again about into onto other each every more most such very too yes here out off per via'.split(
    ' ',
  ),
);
const centralRows = 5;

export interface Topic {
  /** The words most typical of it, best first. */
  words: string[];
  rows: number;
  /** Rows nearest to its centre, best first. */
  central: number[];
}

export interface Topics {
  /** The largest first. */
  topics: Topic[];
  /** Per row: its topic. */
  of: Uint16Array;
}

/**
 * Groups normalized texts (question and answer of a row, words joined by single blanks); the same texts give the same topics.
 * @param vectors directions of the texts from elsewhere (a model's hidden states); left out, lexical ones
 */
export function findTopics(texts: readonly string[], vectors: Vectors = lexicalVectors(texts)): Topics {
  const wanted = Math.min(mostClusters, Math.round(Math.sqrt(texts.length / rowsPerSquare)));
  if (wanted < 2) return { topics: [], of: new Uint16Array(texts.length) };
  const { of, fit } = kMeans(vectors, wanted);
  const members = new Map<number, number[]>();
  for (const [i, cluster] of of.entries()) {
    const list = members.get(cluster);
    if (list === undefined) members.set(cluster, [i]);
    else list.push(i);
  }
  const sorted = [...members].sort(([a, rowsA], [b, rowsB]) => rowsB.length - rowsA.length || a - b);
  const newNumber = new Map(sorted.map(([cluster], i) => [cluster, i]));
  const frequency = wordShares(texts, texts.keys());
  const topics = sorted.map(([, rows]) => ({
    words: typicalWords(wordShares(texts, rows), frequency),
    rows: rows.length,
    central: rows.toSorted((a, b) => fit[b]! - fit[a]! || a - b).slice(0, centralRows),
  }));
  return { topics, of: of.map((cluster) => newNumber.get(cluster)!) };
}

/** For each word the share of the rows that have it. */
function wordShares(texts: readonly string[], rows: Iterable<number>): Map<string, number> {
  const counts = new Map<string, number>();
  let total = 0;
  for (const i of rows) {
    total++;
    for (const word of new Set(texts[i]!.split(' ')))
      if (word.length > 2 && !functionWords.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  for (const [word, count] of counts) counts.set(word, count / total);
  return counts;
}

/** Words that many of the topic's rows have and few others. */
function typicalWords(own: ReadonlyMap<string, number>, all: ReadonlyMap<string, number>): string[] {
  return [...own]
    .map(([word, share]) => ({ word, score: share * Math.log(share / all.get(word)!) }))
    .sort((a, b) => b.score - a.score || (a.word < b.word ? -1 : 1))
    .slice(0, namedBy)
    .map(({ word }) => word);
}
