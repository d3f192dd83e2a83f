/**
 * Weighted MinHash by one permutation: each hash falls into one bucket and competes there with the exponential rank -ln(u) / weight, so
 * that two sets agree in a bucket with the probability of their weighted Jaccard similarity. An empty bucket borrows from a full one
 * (Shrivastava 2017, "Optimal densification for fast and accurate minwise hashing").
 */
import { mix, visitShingles } from './shingles.ts';
import type { CodeUnits } from './text-store.ts';
import type { Weights } from './weights.ts';

export const buckets = 160;

const rank = new Float64Array(buckets);

/** Fills `signature` ([buckets]) for a normalized text; false when nothing of it has any weight. */
export function minHash(text: CodeUnits, weight: Weights, signature: Uint32Array): boolean {
  rank.fill(Number.POSITIVE_INFINITY);
  let any = false;
  visitShingles(text, (hash) => {
    const w = weight(hash);
    if (w <= 0) return;
    any = true;
    const h = mix(hash ^ 0x9e3779b9);
    const bucket = h % buckets;
    const u = (mix(h) + 1) / 4294967297;
    // -ln(u) is at least 1 - u: most hashes lose without a logarithm.
    if (1 - u >= rank[bucket]! * w) return;
    const r = -Math.log(u) / w;
    if (r >= rank[bucket]!) return;
    rank[bucket] = r;
    signature[bucket] = hash;
  });
  if (!any) return false;
  for (let bucket = 0; bucket < buckets; bucket++) {
    if (rank[bucket] !== Number.POSITIVE_INFINITY) continue;
    let from = bucket;
    for (let attempt = 1; rank[from] === Number.POSITIVE_INFINITY; attempt++) from = mix(bucket * 65537 + attempt) % buckets;
    signature[bucket] = signature[from]!;
  }
  return true;
}
