/** A model that says what it is told to say: one text as the base, another with an adapter on it. */

import { ChatTemplate } from '../../src/model/chat-template.ts';
import type { LoadedModel } from '../../src/model/load.ts';
import type { Tokenizer } from '../../src/model/tokenizer/tokenizer.ts';
import type { NativeSession, SamplingOptions } from '../../src/native/types.ts';
import { byteTokenizer } from '../tokenizer/byte-tokenizer.ts';
import { FakeNative } from '../train/fake-native.ts';

const template =
  '{% for m in messages %}{{ m.role }}: {{ m.content }}<end>{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}';

export class ScriptedNative extends FakeNative {
  readonly #tokenizer: Tokenizer;
  readonly #texts: { base: string; tuned: string };
  /** What every session was asked to go on with, as text. */
  readonly prompts: string[] = [];
  readonly samplings: SamplingOptions[] = [];
  /** How many sequences took part in each step. */
  readonly steps: number[] = [];
  /** Adapters that were kept and not dropped. */
  kept = 0;
  freed = 0;

  constructor(tokenizer: Tokenizer, texts: { base: string; tuned: string }) {
    super();
    this.#tokenizer = tokenizer;
    this.#texts = texts;
  }

  override keepLora(): number {
    this.kept++;
    return super.keepLora();
  }
  override dropAdapter = () => void this.kept--;

  override createSession(_tokens = 0, most = 1): NativeSession {
    const [base, tuned] = [this.#texts.base, this.#texts.tuned].map((text) => this.#tokenizer.encode(text).ids);
    const adapted = this.trainables().length > 0;
    const sequences: { given: number; made: number }[] = [];
    let present = 0;
    return {
      add: () => {
        if (present === most) return null;
        present++;
        return sequences.push({ given: 0, made: 0 }) - 1;
      },
      remove: () => {
        present--;
      },
      length: (sequence) => sequences[sequence]!.given,
      step: async (inputs) => {
        this.steps.push(inputs.length);
        return Int32Array.from(inputs, ({ sequence, ids: prompt, sampling, adapter }) => {
          const s = sequences[sequence]!;
          if (s.made === 0) {
            this.prompts.push(this.#tokenizer.decode([...prompt]));
            this.samplings.push(sampling);
          }
          s.given += prompt.length;
          return (adapted || adapter !== undefined ? tuned : base)![s.made++] ?? this.#tokenizer.eosId!;
        });
      },
      free: () => {
        this.freed++;
      },
    };
  }
}

export interface Scripted {
  model: LoadedModel;
  native: ScriptedNative;
}

export function scriptedModel(base: string, tuned = base, changes: Partial<LoadedModel['source']> = {}): Scripted {
  const tokenizer = byteTokenizer(['<end>'], { eosToken: '<end>' });
  const native = new ScriptedNative(tokenizer, { base, tuned });
  const source = {
    spec: 'scripted',
    name: 'scripted',
    path: 'scripted',
    hash: 'h',
    kind: 'folder' as const,
    family: 'llama',
    config: { max_positions: 200, vocab_size: tokenizer.vocabSize } as LoadedModel['source']['config'],
    weights: new Map(),
    tokenizer,
    chatTemplate: new ChatTemplate(template, {}),
    eosIds: [tokenizer.eosId!],
    preQuantized: false,
    ...changes,
  };
  const dispose = () => {};
  return { native, model: { source, native, quantization: 'none', compute_dtype: 'f32', dispose, [Symbol.dispose]: dispose } };
}
