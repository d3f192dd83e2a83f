/** Texts as directions in space: alike texts point the same way. Lexical ones need no model: hashed TF-IDF over word stems. */
import { mix } from '../similarity/shingles.ts';

/** Unit vectors end to end. */
export interface Vectors {
  size: number;
  dimensions: number;
  /** [size, dimensions] */
  data: Float32Array;
}

const lexicalDimensions = 384;
/** Words are joined with their other forms by their beginnings, which is right often enough in every language. */
const stemLetters = 6;
const counters = 1 << 18;

/** Vectors of normalized texts (words joined by single blanks). */
export function lexicalVectors(texts: readonly string[]): Vectors {
  const documents = new Uint32Array(counters);
  for (const text of texts) for (const slot of new Set(stemsOf(text).map(slotOf))) documents[slot]!++;
  const data = new Float32Array(texts.length * lexicalDimensions);
  for (const [i, text] of texts.entries()) {
    const vector = data.subarray(i * lexicalDimensions, (i + 1) * lexicalDimensions);
    const counts = new Map<number, number>();
    for (const stem of stemsOf(text)) {
      const hash = hashOf(stem);
      counts.set(hash, (counts.get(hash) ?? 0) + 1);
    }
    for (const [hash, count] of counts) {
      const weight = (1 + Math.log(count)) * Math.log((texts.length + 1) / documents[hash & (counters - 1)]!);
      const place = mix(hash);
      vector[place % lexicalDimensions]! += place >>> 31 === 0 ? weight : -weight;
    }
    normalize(vector);
  }
  return { size: texts.length, dimensions: lexicalDimensions, data };
}

/** Each text's vectors of several kinds as one unit vector, in which every kind counts the same. */
export function joinVectors(...kinds: readonly Vectors[]): Vectors {
  const { size } = kinds[0]!;
  const dimensions = kinds.reduce((sum, kind) => sum + kind.dimensions, 0);
  const data = new Float32Array(size * dimensions);
  for (let i = 0; i < size; i++) {
    let at = i * dimensions;
    for (const { data: own, dimensions: d } of kinds) {
      data.set(own.subarray(i * d, (i + 1) * d), at);
      at += d;
    }
    normalize(data.subarray(i * dimensions, (i + 1) * dimensions));
  }
  return { size, dimensions, data };
}

/** Scales a vector to length 1; zero stays zero. */
export function normalize(vector: Float32Array): void {
  let sum = 0;
  for (const x of vector) sum += x * x;
  if (sum === 0) return;
  const scale = 1 / Math.sqrt(sum);
  for (let i = 0; i < vector.length; i++) vector[i]! *= scale;
}

/** The telling words of a normalized text, cut to their stems. */
export function stemsOf(text: string): string[] {
  return text
    .split(' ')
    .filter((word) => word.length > 2 && !/^\d+$/.test(word))
    .map((word) => word.slice(0, stemLetters));
}

function slotOf(stem: string): number {
  return hashOf(stem) & (counters - 1);
}

function hashOf(stem: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < stem.length; i++) hash = Math.imul(hash ^ stem.charCodeAt(i), 0x01000193);
  return mix(hash);
}
