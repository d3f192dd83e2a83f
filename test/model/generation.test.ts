import { describe, expect, test } from 'vitest';
import { type LoadedModel, loadModel } from '../../src/model/load.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import type { NativeModel, NativeSession, SamplingOptions, SequenceInput } from '../../src/native/types.ts';
import { device } from '../ops/support.ts';

const root = new URL('../fixtures/families/', import.meta.url).pathname;
const families = ['llama31', 'mistral', 'qwen3', 'gemma2', 'phi3'];
const greedy: SamplingOptions = { temperature: 0, top_k: 0, top_p: 1, seed: 0 };

const load = (family: string, where = 'cpu', compute_dtype: 'f32' | 'bf16' = 'f32') =>
  loadModel(root + family, { device: where, quantization: compute_dtype === 'f32' ? 'none' : 'nf4', compute_dtype });

const promptOf = (length: number, seed = 0) => Int32Array.from({ length }, (_, i) => ((i + seed) * 37 + 11) % 90);

/** A sequence's tokens and the logits that each was drawn from. */
interface Made {
  ids: number[];
  logits: Float32Array[];
}

/** Sequences of a session, each with what it goes on with. */
class Together {
  readonly #model: LoadedModel;
  readonly #session: NativeSession;
  readonly #next = new Map<number, Pick<SequenceInput, 'ids' | 'adapter'>>();
  readonly made = new Map<number, Made>();

  constructor(model: LoadedModel, tokens: number, sequences: number) {
    this.#model = model;
    this.#session = model.native.createSession(tokens, sequences);
  }

  join(prompt: Int32Array, room: number, adapter?: number): number {
    const sequence = this.#session.add(prompt.length + room)!;
    this.#next.set(sequence, { ids: prompt, ...(adapter !== undefined && { adapter }) });
    this.made.set(sequence, { ids: [], logits: [] });
    return sequence;
  }

  async step(sampling = greedy): Promise<void> {
    const v = this.#model.source.config.vocab_size;
    const inputs = [...this.#next].map(([sequence, next]) => ({ sequence, ...next, sampling }));
    const logits = new Float32Array(inputs.length * v);
    const next = await this.#session.step(inputs, logits);
    for (const [i, { sequence }] of inputs.entries()) {
      this.made.get(sequence)!.ids.push(next[i]!);
      this.made.get(sequence)!.logits.push(logits.slice(i * v, (i + 1) * v));
      this.#next.set(sequence, { ...this.#next.get(sequence), ids: next.slice(i, i + 1) });
    }
  }

  leave(sequence: number): void {
    this.#session.remove(sequence);
    this.#next.delete(sequence);
  }
}

async function alone(model: LoadedModel, prompt: Int32Array, tokens: number, sampling = greedy): Promise<Made> {
  const one = new Together(model, prompt.length + tokens, 1);
  const sequence = one.join(prompt, tokens);
  for (let i = 0; i < tokens; i++) await one.step(sampling);
  return one.made.get(sequence)!;
}

/** Largest difference as a share of the largest expected value. */
function relative(actual: Float32Array, expected: Float32Array): number {
  const largest = expected.reduce((most, e) => Math.max(most, Math.abs(e)), 0);
  return actual.reduce((worst, a, i) => Math.max(worst, Math.abs(a - expected[i]!) / largest), 0);
}

function expectAlike(found: Made, expected: Made, limit: number): void {
  expect(found.ids).toEqual(expected.ids);
  for (const [i, logits] of found.logits.entries()) expect(relative(logits, expected.logits[i]!), `token ${i}`).toBeLessThan(limit);
}

describe.each(families)('%s', (family) => {
  test('tokens one by one have the logits of the whole sequence at once', async () => {
    using model = await load(family);
    const prompt = promptOf(21);
    const { ids, logits } = await alone(model, prompt, 30);
    const whole = Int32Array.from([...prompt, ...ids]);
    const all = await model.native.logits({ input_ids: whole, cu_seqlens: Int32Array.of(0, whole.length) });
    const v = model.source.config.vocab_size;
    for (const [i, row] of logits.entries())
      expect(relative(row, all.subarray((prompt.length - 1 + i) * v, (prompt.length + i) * v))).toBeLessThan(1e-5);
  });

  test('sequences that join and leave between steps get what each gets alone', async () => {
    using model = await load(family);
    const prompts = [promptOf(5), promptOf(17, 3), promptOf(40, 9), promptOf(1, 2)];
    const together = new Together(model, 4 * 64, 4);
    const first = [together.join(prompts[0]!, 12), together.join(prompts[1]!, 12)];
    await together.step();
    await together.step();
    const third = together.join(prompts[2]!, 12);
    for (let i = 0; i < 4; i++) await together.step();
    together.leave(first[0]!);
    const fourth = together.join(prompts[3]!, 12);
    for (let i = 0; i < 6; i++) await together.step();
    for (const [i, sequence] of [...first, third, fourth].entries()) {
      const found = together.made.get(sequence)!;
      expect(found.ids.length, `sequence ${i}`).toBe([6, 12, 10, 6][i]);
      expectAlike(found, await alone(model, prompts[i]!, found.ids.length), 1e-5);
    }
  });
});

/** Puts an adapter that does something on the model. */
async function addAdapter(native: NativeModel, r: number, target_modules: string[], seed: number): Promise<void> {
  native.addLora({ r, lora_alpha: 3 * r, lora_dropout: 0, use_rslora: false, target_modules, seed });
  for (const { name, shape, offset } of native.trainables()) {
    if (!name.endsWith('lora_B.weight')) continue;
    await native.writeTrainables(
      'param',
      Float32Array.from({ length: shape[0]! * shape[1]! }, (_, i) => 0.05 * Math.sin(i + seed)),
      offset,
    );
  }
}

test('sequences with adapters of their own get what each gets alone', async () => {
  using model = await load('llama31');
  const { native } = model;
  const expected = [await alone(model, promptOf(9), 6)];
  const kept: (number | undefined)[] = [undefined];
  // the second has more rows and other linears than the first; the fifth needs larger stacks
  for (const [seed, r] of [3, 8, 2, 4, 1].entries()) {
    await addAdapter(native, r, seed % 2 === 0 ? ['q_proj', 'down_proj'] : ['gate_proj', 'v_proj', 'o_proj'], seed);
    expected.push(await alone(model, promptOf(9 + seed), 6));
    kept.push(native.keepLora());
  }
  expect(native.trainables()).toEqual([]);
  const first = new Together(model, 6 * 32, 6);
  const sequences = kept.map((adapter, i) => first.join(promptOf(9 + Math.max(0, i - 1)), 6, adapter));
  for (let i = 0; i < 6; i++) await first.step();
  for (const [i, sequence] of sequences.entries()) expectAlike(first.made.get(sequence)!, expected[i]!, 1e-5);
  expect(relative(expected[1]!.logits[0]!, expected[0]!.logits[0]!)).toBeGreaterThan(1e-3);

  native.dropAdapter(kept[2]!);
  const gone = new Together(model, 32, 1);
  gone.join(promptOf(3), 2, kept[2]);
  await expect(gone.step()).rejects.toThrow(/keeps no adapter 1/);
  await addAdapter(native, 5, ['k_proj'], 9);
  const other = await alone(model, promptOf(4), 4);
  expect(native.keepLora()).toBe(kept[2]);
  const again = new Together(model, 64, 2);
  const two = [again.join(promptOf(4), 4, kept[2]), again.join(promptOf(9), 4, kept[1])];
  for (let i = 0; i < 4; i++) await again.step();
  expectAlike(again.made.get(two[0]!)!, other, 1e-5);
  expect(again.made.get(two[1]!)!.ids).toEqual(expected[1]!.ids.slice(0, 4));
  expect(() => native.keepLora()).toThrow(/no LoRA adapter to keep/);
});

test('sixteen at once, drawn by chance, get what each gets alone', async () => {
  using model = await load('llama31');
  const sampling = { temperature: 0.8, top_k: 20, top_p: 0.9, seed: 7 };
  const together = new Together(model, 16 * 32, 16);
  const sequences = Array.from({ length: 16 }, (_, i) => together.join(promptOf(i + 1, i), 10));
  for (let i = 0; i < 10; i++) await together.step(sampling);
  for (const [i, sequence] of sequences.entries())
    expectAlike(together.made.get(sequence)!, await alone(model, promptOf(i + 1, i), 10, sampling), 1e-5);
});

test('a prompt that takes several passes is like one in parts', async () => {
  using model = await load('mistral');
  const limit = model.source.config.max_positions;
  const prompts = [promptOf(limit - 10), promptOf(limit - 30, 5), promptOf(30, 1), promptOf(limit - 20, 2)];
  const together = new Together(model, 4 * limit, 4);
  const sequences = prompts.map((prompt) => together.join(prompt, 3));
  for (let i = 0; i < 3; i++) await together.step();
  expect(prompts.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(512);
  for (const [i, sequence] of sequences.entries()) expectAlike(together.made.get(sequence)!, await alone(model, prompts[i]!, 3), 1e-5);
});

test('room is set aside for a sequence, and given to others when it leaves', async () => {
  using model = await load('llama31');
  const session = model.native.createSession(64, 2);
  const [a, b] = [session.add(33)!, session.add(31)!];
  expect(session.add(1)).toBeNull();
  await session.step([{ sequence: a, ids: promptOf(3), sampling: greedy }]);
  expect([session.length(a), session.length(b)]).toEqual([3, 0]);
  session.remove(b);
  const c = session.add(30)!;
  expect(c).not.toBeNull();
  const input = { sequence: c, ids: promptOf(31), sampling: greedy };
  for (const [call, message] of [
    [() => session.step([]), /at least one sequence/],
    [() => session.step([{ ...input, sequence: b }]), /no sequence 1/],
    [() => session.step([input]), /holds 0 of 30 tokens; 31 more do not fit/],
    [() => session.step([{ ...input, ids: Int32Array.of(1 << 20) }]), /outside the vocabulary/],
    [
      () =>
        session.step([
          { ...input, ids: promptOf(1) },
          { ...input, ids: promptOf(1) },
        ]),
      /named twice/,
    ],
    [async () => session.add(10_000), /does not fit the model's/],
    [async () => session.add(100), /never fits a session/],
    [async () => session.remove(9), /no sequence 9/],
    [async () => model.native.createSession(0), /at least 1 token/],
  ] as const) {
    await expect(call()).rejects.toThrow(message);
  }
  session.free();
  expect(() => session.add(1)).toThrow(/was freed/);
});

describe.skipIf(!nativeAddon().deviceReport(device === 'simt' ? 'simt' : 'cuda').built)(`generation on ${device}`, () => {
  test.each(['llama31', 'gemma3_text'])('%s: logits are those of the CPU', { timeout: 120_000 }, async (family) => {
    const made = [];
    for (const where of ['cpu', device]) {
      using model = await load(family, where, 'bf16');
      const together = new Together(model, 3 * 48, 3);
      const sequences = [together.join(promptOf(20), 4), together.join(promptOf(3, 1), 4)];
      await together.step();
      sequences.push(together.join(promptOf(9, 2), 4));
      await together.step();
      await together.step();
      made.push(sequences.map((s) => together.made.get(s)!));
    }
    for (const [i, there] of made[1]!.entries()) {
      const here = made[0]![i]!;
      // until a rounding makes them choose unlike tokens
      const same = here.ids.findIndex((id, t) => id !== there.ids[t]);
      for (let t = 0; t <= (same < 0 ? here.ids.length - 1 : same); t++)
        expect(relative(there.logits[t]!, here.logits[t]!), `sequence ${i}, token ${t}`).toBeLessThan(0.03);
    }
  });
});
