/** The texts nearest to some others by the words they share: cosine of TF-IDF vectors over an inverted index. */
import { wordsOf } from './normalize.ts';

export interface Neighbour {
  /** Place in the list of texts. */
  index: number;
  /** 0 to 1. */
  similarity: number;
}

/** A word of more than this share of the texts tells nothing about which ones belong together. */
const commonShare = 0.2;
const commonTexts = 50;

/** For each of the texts at `of`: at most `count` others, the nearest first; texts that share no telling word with it are not among them. */
export function nearestTexts(texts: readonly string[], of: readonly number[], count: number): Neighbour[][] {
  const words = texts.map((text) => counted(wordsOf(text)));
  const holders = new Map<string, number[]>();
  for (const [i, counts] of words.entries()) {
    for (const word of counts.keys()) {
      const list = holders.get(word);
      if (list === undefined) holders.set(word, [i]);
      else list.push(i);
    }
  }
  const limit = Math.max(commonTexts, texts.length * commonShare);
  const weightOf = (word: string, times: number): number => {
    const { length } = holders.get(word)!;
    return length > limit ? 0 : (1 + Math.log(times)) * Math.log((texts.length + 1) / length);
  };
  const norm = Float64Array.from(words, (counts) =>
    Math.sqrt([...counts].reduce((sum, [word, times]) => sum + weightOf(word, times) ** 2, 0)),
  );
  const dot = new Float64Array(texts.length);
  return of.map((i) => {
    const touched: number[] = [];
    for (const [word, times] of words[i]!) {
      const own = weightOf(word, times);
      if (own === 0) continue;
      for (const j of holders.get(word)!) {
        if (dot[j] === 0) touched.push(j);
        dot[j]! += own * weightOf(word, words[j]!.get(word)!);
      }
    }
    const near = touched.flatMap((j) => (j === i ? [] : [{ index: j, similarity: dot[j]! / (norm[i]! * norm[j]!) }]));
    for (const j of touched) dot[j] = 0;
    return near.sort((a, b) => b.similarity - a.similarity || a.index - b.index).slice(0, count);
  });
}

function counted(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
