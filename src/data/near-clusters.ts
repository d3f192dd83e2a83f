/** Clusters of near-duplicate rows, for splits: a test row whose twin was trained on measures nothing. */
import { setImmediate } from 'node:timers/promises';
import type { Row } from './row.ts';
import { type NearRows, RowSimilarity, sameAnswer, sameQuestion } from './similarity/near-rows.ts';
import { UnionFind } from './union-find.ts';

/** An answer that more rows than this share, or that is shorter, is a canned one (a label, a refusal): no sign that the rows are copies. */
const cannedRows = 5;
const cannedWords = 8;

/** Lists of row indices, each of two or more rows that ask or answer nearly the same. `tokens` rows are in none. */
export async function nearClusters(rows: readonly Row[], signal?: AbortSignal): Promise<number[][]> {
  const similarity = new RowSimilarity();
  for (const [i, row] of rows.entries()) {
    if (!similarity.add(row)) break;
    if (i % 1000 === 999) await setImmediate();
    signal?.throwIfAborted();
  }
  const similar = similarity.finish();
  const alike = new Map<number, number>();
  for (const { a, b, answer } of similar.pairs()) if (answer >= sameAnswer) for (const i of [a, b]) alike.set(i, (alike.get(i) ?? 0) + 1);
  const words = (i: number) => similar.answer(i).split(' ').length;
  const canned = ({ a, b }: NearRows) => Math.max(alike.get(a)!, alike.get(b)!) > cannedRows || words(b) < cannedWords;
  const sets = new UnionFind(rows.length);
  for (const pair of similar.pairs())
    if (pair.reworded !== null || pair.question >= sameQuestion || !canned(pair)) sets.union(pair.a, pair.b);
  similar.close();
  const clusters = new Map<number, number[]>();
  for (const i of rows.keys()) {
    const root = sets.find(i);
    const cluster = clusters.get(root);
    if (cluster === undefined) clusters.set(root, [i]);
    else cluster.push(i);
  }
  return [...clusters.values()].filter((cluster) => cluster.length > 1);
}
