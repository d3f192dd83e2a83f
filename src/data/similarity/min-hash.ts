/**
 * Weighted MinHash by one permutation: each hash falls into one bucket and competes there with the exponential rank -ln(u) / weight, so
 * that two sets agree in a bucket with the probability of their weighted Jaccard similarity. An empty bucket borrows from a full one
 * (Shrivastava 2017, "Optimal densification for fast and accurate minwise hashing").
 */
import type { Weights } from './shingle-store.ts';
import { mix } from './shingles.ts';

export const buckets = 160;

const rank = new Float64Array(buckets);

/** Fills `signature` ([buckets]) for a set; false when the set has no weight at all. */
export function minHash(set: Uint32Array, weight: Weights, signature: Uint32Array): boolean {
  rank.fill(Number.POSITIVE_INFINITY);
  for (const hash of set) {
    const w = weight(hash);
    if (w <= 0) continue;
    const h = mix(hash ^ 0x9e3779b9);
    const bucket = h % buckets;
    const r = -Math.log((mix(h) + 1) / 4294967297) / w;
    if (r >= rank[bucket]!) continue;
    rank[bucket] = r;
    signature[bucket] = hash;
  }
  let any = false;
  for (let bucket = 0; bucket < buckets; bucket++) any ||= rank[bucket] !== Number.POSITIVE_INFINITY;
  if (!any) return false;
  for (let bucket = 0; bucket < buckets; bucket++) {
    if (rank[bucket] !== Number.POSITIVE_INFINITY) continue;
    let from = bucket;
    for (let attempt = 1; rank[from] === Number.POSITIVE_INFINITY; attempt++) from = mix(bucket * 65537 + attempt) % buckets;
    signature[bucket] = signature[from]!;
  }
  return true;
}
