/** What rows mean to a model: its hidden states, pooled over the question and over the answer of each. */
import type { ModelSource } from '../../model/source.ts';
import type { NativeModel } from '../../native/types.ts';
import type { Vectors } from '../clusters/vectors.ts';
import { packByTokens } from '../micro-batches.ts';
import type { Row } from '../row.ts';
import { BoilerplateCounter } from '../similarity/boilerplate.ts';
import { normalizeText } from '../similarity/normalize.ts';
import { answersOf, questionOf } from '../texts.ts';
import { whiten } from './whiten.ts';

/** A loaded model is one. */
export interface MeaningModel {
  native: Pick<NativeModel, 'meanHidden'>;
  source: Pick<ModelSource, 'tokenizer' | 'config' | 'name'>;
}

/** Of the first rows, unit vectors, row by row: the nearer, the more alike in meaning. */
export interface Meanings {
  questions: Vectors;
  answers: Vectors;
}

/** Rows whose meaning is compared, each with each, if their vectors fit into so many bytes. */
const mostRows = 8000;
const mostBytes = 384 << 20;
/** Texts say what they are about at their beginning. */
const mostCharacters = 1200;
const mostTokens = 192;
const batchTokens = 1024;
/** Texts that are tokenized and packed together. */
const textsAtOnce = 128;
/** The later layers prepare the next token, the first ones know little but words. */
const depthShare = 0.5;

export class RowMeanings {
  readonly #model: MeaningModel;
  readonly #most: number;
  readonly #boilerplate = new BoilerplateCounter();
  readonly #questions: string[][] = [];
  readonly #answers: string[] = [];

  constructor(model: MeaningModel) {
    this.#model = model;
    this.#most = Math.min(mostRows, Math.floor(mostBytes / (8 * model.source.config.hidden_size)));
  }

  /** Takes note of a row; the comparison numbers rows in the same order. */
  see(row: Row): void {
    if (row.kind === 'tokens' || this.#answers.length === this.#most) return;
    const paragraphs = questionOf(row)
      .slice(-mostCharacters)
      .split(/\n\s*\n/);
    this.#boilerplate.add(paragraphs.map(normalizeText));
    this.#questions.push(paragraphs);
    this.#answers.push(
      answersOf(row)
        .map(({ text }) => text)
        .join('\n')
        .slice(0, mostCharacters),
    );
  }

  /** Runs the model over the texts. @param onProgress called now and then with the rows that are done */
  async vectors(onProgress: (done: number, rows: number) => void, signal?: AbortSignal): Promise<Meanings> {
    const rows = this.#answers.length;
    const questions = this.#questions.map((paragraphs) => this.#own(paragraphs));
    const done = (half: number) => (texts: number) => onProgress(Math.floor((half * rows + texts) / 2), rows);
    const states = [await this.#pooled(questions, done(0), signal), await this.#pooled(this.#answers, done(1), signal)] as const;
    return { questions: whiten(states[0]), answers: whiten(states[1]) };
  }

  /** A question without the paragraphs that many rows share. */
  #own(paragraphs: readonly string[]): string {
    const normal = paragraphs.map(normalizeText);
    const own = new Set(this.#boilerplate.own(normal));
    return paragraphs.filter((_, i) => own.has(normal[i]!)).join('\n\n');
  }

  async #pooled(texts: readonly string[], onProgress: (texts: number) => void, signal: AbortSignal | undefined): Promise<Vectors> {
    const { native, source } = this.#model;
    const { hidden_size: dimensions, num_layers } = source.config;
    const depth = Math.max(1, Math.round(num_layers * depthShare));
    const data = new Float32Array(texts.length * dimensions);
    for (let first = 0; first < texts.length; first += textsAtOnce) {
      const encoded = source.tokenizer!.encodeBatch(texts.slice(first, first + textsAtOnce)).map(({ ids }) => ids.slice(0, mostTokens));
      const some = [...encoded.keys()].filter((i) => encoded[i]!.length > 0);
      const packed = packByTokens(
        some.map((i) => encoded[i]!.length),
        batchTokens,
      );
      for (const positions of packed) {
        signal?.throwIfAborted();
        const members = positions.map((position) => some[position]!);
        const states = await native.meanHidden(layEndToEnd(members.map((i) => encoded[i]!)), depth);
        for (const [k, i] of members.entries()) data.set(states.subarray(k * dimensions, (k + 1) * dimensions), (first + i) * dimensions);
      }
      onProgress(Math.min(texts.length, first + textsAtOnce));
    }
    return { size: texts.length, dimensions, data };
  }
}

function layEndToEnd(sequences: readonly (readonly number[])[]): { input_ids: Int32Array; cu_seqlens: Int32Array } {
  const cu_seqlens = new Int32Array(sequences.length + 1);
  for (const [i, { length }] of sequences.entries()) cu_seqlens[i + 1] = cu_seqlens[i]! + length;
  return { input_ids: Int32Array.from(sequences.flat()), cu_seqlens };
}
