/** English rows without end for benchmarks: a word-level Markov chain over the Zenith examples, with near-duplicates in between. */

import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';

interface Example {
  topic: string;
  instruction: string;
  input: string;
  output: string;
}

export interface RowsOptions {
  /** Stops after so many rows ... */
  rows?: number;
  /** ... or bytes. */
  bytes?: number;
  /** Share of rows that repeat an earlier one with small changes. */
  nearDuplicates?: number;
  seed?: number;
}

/** Writes alpaca rows as JSON Lines; returns their number. */
export async function writeEnglishRows(path: string, options: RowsOptions): Promise<number> {
  const { rows = Number.POSITIVE_INFINITY, bytes = Number.POSITIVE_INFINITY, nearDuplicates = 0.02, seed = 1 } = options;
  const next = generator(seed);
  const file = new URL('../../examples/zenith/zenith.jsonl', import.meta.url);
  const examples = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Example);
  const [ask, answer] = [
    chain(
      examples.map(({ input }) => input),
      next,
    ),
    chain(
      examples.map(({ output }) => output),
      next,
    ),
  ];
  const recent: (Example & { id: number })[] = [];
  const out = createWriteStream(path);
  let written = 0;
  let count = 0;
  for (; count < rows && written < bytes; count++) {
    const like = examples[next(examples.length)]!;
    let row = { id: count, topic: like.topic, instruction: like.instruction, input: ask(8 + next(30)), output: answer(40 + next(130)) };
    const earlier = recent[next(recent.length + 1)];
    if (earlier !== undefined && next(10_000) < nearDuplicates * 10_000) {
      row = { ...earlier, id: count, input: `Hello, ${earlier.input}`, output: `${earlier.output} Item ${count}.` };
    } else if (recent.length < 2000) recent.push(row);
    else recent[next(2000)] = row;
    const line = `${JSON.stringify(row)}\n`;
    written += line.length;
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  return count;
}

/** Makes texts of about so many words whose pairs of words follow each other as in `texts`, ended at a full stop. */
function chain(texts: readonly string[], next: (below: number) => number): (words: number) => string {
  const words = texts.join(' ').split(/\s+/);
  const follow = new Map<string, number[]>();
  for (let i = 1; i < words.length; i++) {
    const places = follow.get(words[i - 1]!);
    if (places === undefined) follow.set(words[i - 1]!, [i]);
    else places.push(i);
  }
  return (count) => {
    const text: string[] = [];
    let at = next(words.length);
    while (text.length < count || !/[.!?]$/.test(text.at(-1)!)) {
      text.push(words[at]!);
      const places = follow.get(words[at]!);
      at = places === undefined || text.length > count * 2 ? next(words.length) : places[next(places.length)]!;
    }
    return text.join(' ');
  };
}

function generator(seed: number): (below: number) => number {
  let state = seed * 2654435769;
  return (below) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}
