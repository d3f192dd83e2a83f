/** Spherical k-means (Dhillon and Modha 2001), seeded by k-means++ (Arthur and Vassilvitskii 2007); the same bits for the same vectors. */
import { normalize, type Vectors } from './vectors.ts';

const rounds = 12;

export interface Clustering {
  /** Per vector: its cluster. */
  of: Uint16Array;
  /** Per vector: cosine to the centre of its cluster. */
  fit: Float32Array;
}

export function kMeans(vectors: Vectors, clusters: number): Clustering {
  const { size, dimensions, data } = vectors;
  const centres = firstCentres(vectors, clusters);
  const of = new Uint16Array(size);
  const fit = new Float32Array(size);
  for (let round = 0; round < rounds; round++) {
    let moved = 0;
    for (let i = 0; i < size; i++) {
      let best = 0;
      let most = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < centres.length / dimensions; c++) {
        const cosine = dot(data, i * dimensions, centres, c * dimensions, dimensions);
        if (cosine <= most) continue;
        most = cosine;
        best = c;
      }
      if (of[i] !== best || round === 0) moved++;
      of[i] = best;
      fit[i] = most;
    }
    if (moved <= size / 1000) break;
    centres.fill(0);
    for (let i = 0; i < size; i++) {
      const [from, to] = [i * dimensions, of[i]! * dimensions];
      for (let d = 0; d < dimensions; d++) centres[to + d]! += data[from + d]!;
    }
    for (let c = 0; c < centres.length; c += dimensions) normalize(centres.subarray(c, c + dimensions));
  }
  return { of, fit };
}

/** [clusters, dimensions]: vectors far from each other, chosen by a fixed sequence of pseudo-random numbers. */
function firstCentres({ size, dimensions, data }: Vectors, clusters: number): Float32Array {
  const centres = new Float32Array(clusters * dimensions);
  const distance = new Float64Array(size).fill(1);
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (let c = 0; c < clusters; c++) {
    let left = random() * distance.reduce((sum, d) => sum + d, 0);
    let chosen = 0;
    while (chosen < size - 1 && left >= distance[chosen]!) left -= distance[chosen++]!;
    centres.set(data.subarray(chosen * dimensions, (chosen + 1) * dimensions), c * dimensions);
    for (let i = 0; i < size; i++) {
      const gap = Math.max(0, 1 - dot(data, i * dimensions, centres, c * dimensions, dimensions));
      distance[i] = Math.min(distance[i]!, gap * gap);
    }
  }
  return centres;
}

function dot(a: Float32Array, from: number, b: Float32Array, to: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[from + i]! * b[to + i]!;
  return sum;
}
