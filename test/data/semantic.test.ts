/** `check --semantic`: what says the same in other words, by the states of a model. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type CheckProgress, checkDataset } from '../../src/data/check.ts';
import type { MeaningModel } from '../../src/data/meaning/row-meanings.ts';
import { whiten } from '../../src/data/meaning/whiten.ts';
import { loadModel } from '../../src/model/load.ts';
import { paraphraseSets, withParaphrases } from './support/paraphrases.ts';
import { dataFile } from './support/write-data.ts';

const hidden = 24;
/** Words of one line mean the same. */
const concepts = [
  'car auto vehicle',
  'buy purchase acquire',
  'house home dwelling',
  'paint colour coat',
  'river stream creek',
  'cross ford pass',
];

/** Tokens are words; the state of a word is the direction of what it means, and all of them share a large one. */
function conceptModel(): MeaningModel {
  const words: string[] = [];
  const idOf = (word: string) => (words.includes(word) ? words.indexOf(word) : words.push(word) - 1);
  const directionOf = (word: string) => {
    const concept = concepts.findIndex((line) => line.split(' ').includes(word));
    return concept < 0
      ? concepts.length + ([...word].reduce((sum, c) => sum * 31 + c.charCodeAt(0), 7) % (hidden - concepts.length - 1))
      : concept;
  };
  return {
    source: {
      name: 'concepts',
      config: { hidden_size: hidden, num_layers: 2 },
      tokenizer: { encodeBatch: (texts: string[]) => texts.map((text) => ({ ids: text.toLowerCase().match(/\w+/g)?.map(idOf) ?? [] })) },
    },
    native: {
      meanHidden: async ({ input_ids, cu_seqlens }: { input_ids: Int32Array; cu_seqlens: Int32Array }) => {
        const states = new Float32Array((cu_seqlens.length - 1) * hidden);
        for (let s = 0; s + 1 < cu_seqlens.length; s++) {
          for (let t = cu_seqlens[s]!; t < cu_seqlens[s + 1]!; t++) {
            const share = 1 / (cu_seqlens[s + 1]! - cu_seqlens[s]!);
            states[s * hidden + directionOf(words[input_ids[t]!]!)]! += share;
            states[s * hidden + hidden - 1]! += 10 * share;
          }
        }
        return states;
      },
    },
  } as unknown as MeaningModel;
}

const row = (question: string, answer: string) => ({ instruction: question, output: answer });
const nouns =
  'lamp chair spoon kettle ladder bucket candle mirror pillow carpet hammer needle basket bottle button curtain drawer feather garden helmet'.split(
    ' ',
  );
const filler = (n: number) =>
  Array.from({ length: n }, (_, i) =>
    row(`Where did ${nouns[i % 20]} number ${i} go?`, `It stands beside ${nouns[(i * 7 + 3) % 20]} ${i * 3}.`),
  );
const pair = [
  row('Which auto did Tom purchase?', 'He had the dwelling coat changed.'),
  row('What vehicle was bought? Tom acquire', 'Home paint was new for him.'),
];

async function found(rows: readonly object[], semantic?: MeaningModel): Promise<{ pairs: string[]; stages: Set<CheckProgress['stage']> }> {
  const pairs: string[] = [];
  const stages = new Set<CheckProgress['stage']>();
  const onProgress = ({ stage }: CheckProgress) => void stages.add(stage);
  for await (const one of checkDataset(dataFile(rows), { ...(semantic && { semantic }), onProgress }))
    if ('code' in one && one.of_line !== undefined) pairs.push(`${one.code} ${one.line} ${one.of_line}`);
  return { pairs, stages };
}

test.each([60, 4100])('of %i rows, two that share no word but what they mean are found, with a model alone', async (n) => {
  const rows = [pair[0]!, ...filler(n), pair[1]!];
  const line = n + 2;
  expect((await found(rows)).pairs).not.toContain(`near-duplicate ${line} 1`);
  const { pairs, stages } = await found(rows, conceptModel());
  expect(pairs).toContain(`near-duplicate ${line} 1`);
  expect(stages).toContain('understanding');
});

test('whitened vectors: what all share is gone, what two share counts', () => {
  const size = 40;
  const data = new Float32Array(size * 4);
  for (let i = 0; i < size; i++) data.set([100 + Math.sin(i), Math.cos(3 * i), Math.sin(5 * i), i < 2 ? 8 : 0], i * 4);
  const cosine = (of: Float32Array, a: number, b: number) => [0, 1, 2, 3].reduce((sum, c) => sum + of[a * 4 + c]! * of[b * 4 + c]!, 0);
  const { data: white } = whiten({ size, dimensions: 4, data });
  expect(cosine(white, 0, 1)).toBeGreaterThan(0.9);
  const others = Array.from({ length: size - 2 }, (_, i) => cosine(white, 0, i + 2));
  expect(Math.max(...others)).toBeLessThan(0.5);
  for (let i = 0; i < size; i++) expect(cosine(white, i, i)).toBeCloseTo(1, 4);
  expect(whiten({ size: 2, dimensions: 4, data: new Float32Array(8) }).data.every((x) => x === 0)).toBe(true);
});

const gguf = new URL('../../../shared/models/smollm2-135m-instruct-q4_1.gguf', import.meta.url).pathname;

describe.skipIf(!existsSync(gguf))('SmolLM2-135M', () => {
  test('finds about half of what was said again from head to foot, words next to none of it', { timeout: 300_000 }, async () => {
    using model = await loadModel(gguf, { device: 'cpu', quantization: 'none', compute_dtype: 'bf16' });
    const counts = { all: 0, words: 0, meaning: 0, alarms: 0, clean: 0 };
    for (const set of paraphraseSets) {
      const { rows, added } = withParaphrases(set);
      const records = rows.map(([question, answer]) => row(question, answer));
      const isFound = (pairs: readonly string[]) =>
        [...added].slice(0, set.reworded.length).filter(([line, of]) => pairs.some((one) => one.endsWith(` ${line} ${of}`)));
      const [words, meaning] = [(await found(records)).pairs, (await found(records, model)).pairs];
      counts.all += set.reworded.length;
      counts.words += isFound(words).length;
      counts.meaning += isFound(meaning).length;
      counts.alarms += meaning.filter((one) => !words.includes(one) && Number(one.split(' ')[1]) <= set.clean.length).length;
      counts.clean += set.clean.length;
    }
    expect(counts.words / counts.all).toBeLessThan(0.15);
    expect(counts.meaning / counts.all).toBeGreaterThan(0.35);
    expect(counts.alarms / counts.clean).toBeLessThan(0.01);
  });
});
