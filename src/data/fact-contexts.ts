/** What the values of a facts file are about: the words around each, near ones counting more. */
import { type Claim, claimsOf } from './claims.ts';
import { wordsOf } from './similarity/normalize.ts';

/** How surely the words of each place say what a value is about. */
const placeWeights = { statement: 1, label: 0.8, heading: 0.4, rest: 0.3 };
/** The same for an answer: the sentence of the value, the question, the rest of the answer. */
const answerWeights = { sentence: 1, question: 0.5, rest: 0.25 };
/** The words before a colon at the beginning of an item are its label when they are as short. */
const longestLabel = 40;
/** Forms of a word are joined by their beginnings. */
const stemLetters = 5;

type Weights = ReadonlyMap<string, number>;

interface FactValue extends Claim {
  context: Weights;
}

export interface FactMatch {
  /** How well the best fact with this value fits what the answer is about; 0 where there is none. */
  own: number;
  /** How well the best fact with another value of the same unit fits, and the values that it states. */
  other: number;
  values: readonly Claim[];
}

export class FactContexts {
  readonly #byUnit: ReadonlyMap<string, FactValue[]>;
  readonly #rarity = new Map<string, number>();

  constructor(text: string) {
    const items = itemsOf(text);
    const values = items.flatMap(({ statement, context }) => claimsOf(statement).map((claim) => ({ ...claim, context })));
    this.#byUnit = Map.groupBy(
      values.filter(({ kind }) => kind === 'quantity'),
      ({ unit }) => unit,
    );
    for (const { statement } of items) for (const stem of stemsOf(statement)) this.#rarity.set(stem, (this.#rarity.get(stem) ?? 0) + 1);
    for (const [stem, count] of this.#rarity) this.#rarity.set(stem, Math.log((items.length + 1) / count));
  }

  /** The facts that fit a value in an answer. Days may be business days of the facts. */
  match({ value, unit }: Claim, { sentence, answer, question }: { sentence: string; answer: string; question: string }): FactMatch {
    const about = weighted([
      [sentence, answerWeights.sentence],
      [question, answerWeights.question],
      [answer, answerWeights.rest],
    ]);
    const match: FactMatch = { own: 0, other: 0, values: [] };
    const sameUnit = [unit, `business ${unit}`].flatMap((name) => this.#byUnit.get(name) ?? []);
    const scores = Map.groupBy(sameUnit, ({ context }) => context);
    for (const [context, values] of scores) {
      const score = this.#fit(about, context);
      if (values.some((fact) => fact.value === value)) match.own = Math.max(match.own, score);
      else if (values[0]!.unit === unit && score > match.other) Object.assign(match, { other: score, values });
    }
    return match;
  }

  #fit(about: Weights, context: Weights): number {
    let sum = 0;
    for (const [stem, weight] of context) sum += weight * (about.get(stem) ?? 0) * (this.#rarity.get(stem) ?? 0);
    return sum;
  }
}

/** Each statement of a facts file with the words that say what it is about. */
function itemsOf(text: string): { statement: string; context: Weights }[] {
  const items: { statement: string; context: Weights }[] = [];
  let heading = '';
  let header: string[] = [];
  const add = (part: string, label: string) => {
    for (const statement of part.split(/(?<=[.!?])\s+|;\s+/)) {
      if (statement.trim() === '') continue;
      const context = weighted([
        [statement, placeWeights.statement],
        [label, placeWeights.label],
        [heading, placeWeights.heading],
        [part, placeWeights.rest],
      ]);
      items.push({ statement, context });
    }
  };
  for (const raw of text.split('\n')) {
    const line = raw.replaceAll(/[*_`]+/g, '').trim();
    if (line.startsWith('#')) heading = line;
    else if (!line.startsWith('|')) {
      header = [];
      const item = line.replace(/^(?:[-+•]|\d+[.)])\s+/, '');
      const colon = item.indexOf(':');
      add(item, colon > 0 && colon <= longestLabel ? item.slice(0, colon) : '');
    } else if (!/^[|:\s-]+$/.test(line)) {
      const cells = line.split('|').slice(1, -1);
      if (header.length === 0) header = cells;
      else for (const [i, cell] of cells.entries()) add(cell, i === 0 ? '' : `${cells[0]!} ${header[i] ?? ''}`);
    }
  }
  return items;
}

/** The stems of some texts with the highest weight that each has. */
function weighted(texts: readonly (readonly [text: string, weight: number])[]): Weights {
  const weights = new Map<string, number>();
  for (const [text, weight] of texts) for (const stem of stemsOf(text)) weights.set(stem, Math.max(weights.get(stem) ?? 0, weight));
  return weights;
}

/** Words cut to their beginnings; numbers left out. */
function stemsOf(text: string): Set<string> {
  return new Set(
    wordsOf(text)
      .filter((word) => word.length > 2 && !/^\d+$/.test(word))
      .map((word) => word.slice(0, stemLetters)),
  );
}
