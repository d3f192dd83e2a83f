import { describe, expect, test } from 'vitest';
import { type Encoder, encodeRow } from '../../src/data/encode-row.ts';
import type { TemplateRenderer } from '../../src/data/render.ts';
import type { ChatRow, TextRow, Turn } from '../../src/data/row.ts';
import { fakeTokenizer } from './support/fake-tokenizer.ts';
import { chatml, llama2, neverEnding, thinking, trimming, withoutGenerationPrompt } from './support/templates.ts';

function chat(turns: Turn[], untrained: number[] = [], plain = false): ChatRow {
  return {
    kind: 'chat',
    turns,
    turnFields: turns.map(() => ''),
    untrained: new Set(untrained),
    plain,
    file: 'f',
    line: 1,
    shape: 'messages',
    hash: '',
    fields: {},
    record: {},
  };
}

const user = (content: string): Turn => ({ role: 'user', content });
const assistant = (content: string): Turn => ({ role: 'assistant', content });

/** The trained text, one string for each run of trained tokens. */
function trained(
  row: ChatRow | TextRow,
  chatTemplate: TemplateRenderer | null,
  options: Partial<Encoder> & { bos?: boolean } = {},
): string[] {
  const tokenizer = options.tokenizer ?? fakeTokenizer({ addBosToken: options.bos ?? false });
  const { text, labels, offsets } = encodeRow(row, { tokenizer, chatTemplate, eosIds: [2, 4], train_on: 'completion', ...options });
  const runs: string[] = [];
  labels.forEach((label, i) => {
    if (label === -100) return;
    const piece = text.slice(...offsets[i]!);
    if (i > 0 && labels[i - 1] !== -100) runs[runs.length - 1] += piece;
    else runs.push(piece);
  });
  return runs;
}

describe('what is trained', () => {
  test('segments: the labelled characters, without a stop token of our own', () => {
    const text = 'ask now answer this </s> more';
    const row: TextRow = { ...chat([]), kind: 'text', shape: 'text', text, trained: [[7, 24]] };
    expect(trained(row, chatml)).toEqual([' answer this </s>']);
  });

  test('every answer through its stop token, nothing else', () => {
    const row = chat([{ role: 'system', content: 'be kind' }, user('hi'), assistant('hello you'), user('bye'), assistant('see you')]);
    expect(trained(row, chatml)).toEqual(['hello you<|im_end|>', 'see you<|im_end|>']);
  });

  test('an answer with the same words as the question', () => {
    expect(trained(chat([user('yes'), assistant('yes'), user('yes'), assistant('yes')]), chatml)).toEqual([
      'yes<|im_end|>',
      'yes<|im_end|>',
    ]);
  });

  test('a template that trims the content', () => {
    expect(trained(chat([user(' hi '), assistant('  hello \n')]), trimming)).toEqual(['hello<|im_end|>']);
  });

  test('a template without a generation prompt: the header is not an answer', () => {
    expect(trained(chat([user('hi'), assistant('hello')]), withoutGenerationPrompt)).toEqual(['hello<|im_end|>']);
  });

  test('Llama 2: the blank that the model must write itself, and the one before the stop token', () => {
    expect(trained(chat([user('hi'), assistant('hello'), user('bye'), assistant('ok')]), llama2)).toEqual([' hello </s>', ' ok </s>']);
  });

  test('Qwen 3: what the template puts between the generation prompt and the answer is trained, dropped thoughts are not', () => {
    const row = chat([user('hi'), assistant('<think>\nhm\n</think>\n\nhello'), user('bye'), assistant('ok')]);
    expect(trained(row, thinking)).toEqual(['hello<|im_end|>', '<think>\n\n</think>\n\nok<|im_end|>']);
  });

  test('turns of weight 0 are not trained', () => {
    expect(trained(chat([user('a'), assistant('b'), user('c'), assistant('d')], [1]), chatml)).toEqual(['d<|im_end|>']);
  });

  test('a stop token spelled by a user is masked by its place', () => {
    expect(trained(chat([user('say <|im_end|> now'), assistant('no')]), chatml)).toEqual(['no<|im_end|>']);
  });

  test('train_on: all trains every token', () => {
    const [only, ...more] = trained(chat([user('hi'), assistant('yo')]), chatml, { train_on: 'all' });
    expect(more).toEqual([]);
    expect(only).toBe('<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\nyo<|im_end|>\n');
  });

  test('plain texts are joined as they are when there is no template', () => {
    expect(trained(chat([user('Q: 2 A:'), assistant(' four')], [], true), null)).toEqual([' four<|im_end|>']);
  });

  test('a token that begins in the prompt and ends in the answer counts as answer', () => {
    expect(trained(chat([user('foo'), assistant('bar baz')], [], true), null)).toEqual(['foobar baz<|im_end|>']);
  });

  test('text rows are trained whole, through the end-of-text token, written once', () => {
    const row = { kind: 'text' as const, text: 'one two', file: 'f', line: 1, shape: 'text' as const, hash: '', fields: {}, record: {} };
    const encoder: Encoder = { tokenizer: fakeTokenizer(), chatTemplate: chatml, eosIds: [4], train_on: 'completion' };
    const once = encodeRow(row, encoder);
    const twice = encodeRow({ ...row, text: 'one two<|im_end|>' }, encoder);
    expect(once.labels).toEqual(once.input_ids);
    expect(once.input_ids.at(-1)).toBe(4);
    expect(twice.input_ids).toEqual(once.input_ids);
  });
});

describe('BOS', () => {
  const row = chat([user('hi'), assistant('yo')]);

  test('is put in front when the tokenizer wants one and the template wrote none', () => {
    const { input_ids, labels } = encodeRow(row, {
      tokenizer: fakeTokenizer({ addBosToken: true }),
      chatTemplate: chatml,
      eosIds: [4],
      train_on: 'completion',
    });
    expect(input_ids.slice(0, 2)).toEqual([1, 3]);
    expect(labels[0]).toBe(-100);
  });

  test('is not doubled when the template wrote it', () => {
    const { input_ids } = encodeRow(row, {
      tokenizer: fakeTokenizer({ addBosToken: true }),
      chatTemplate: llama2,
      eosIds: [2],
      train_on: 'completion',
    });
    expect(input_ids[0]).toBe(1);
    expect(input_ids[1]).not.toBe(1);
  });

  test('written twice by the data is refused', () => {
    const doubled: TemplateRenderer = { render: (turns, o) => `<s><s>${chatml.render(turns, o)}` };
    const encoder: Encoder = {
      tokenizer: fakeTokenizer({ addBosToken: true }),
      chatTemplate: doubled,
      eosIds: [4],
      train_on: 'completion',
    };
    expect(() => encodeRow(row, encoder)).toThrow(expect.objectContaining({ code: 'FETTLE_BOS' }));
  });
});

describe('refused', () => {
  const row = chat([user('hi'), assistant('yo')]);
  const base = { tokenizer: fakeTokenizer(), eosIds: [4], train_on: 'completion' as const };

  test('a template that ends no turn', () => {
    expect(() => encodeRow(row, { ...base, chatTemplate: neverEnding })).toThrow(expect.objectContaining({ code: 'FETTLE_STOP_TOKEN' }));
  });

  test('an end-of-turn token that is no stop token of the model', () => {
    expect(() => encodeRow(row, { ...base, eosIds: [2], chatTemplate: chatml })).toThrow(
      expect.objectContaining({ code: 'FETTLE_STOP_TOKEN' }),
    );
  });

  test('a template that drops the answer', () => {
    const dropping: TemplateRenderer = {
      render: (turns, o) =>
        chatml.render(
          turns.filter((turn) => turn.role === 'user'),
          o,
        ),
    };
    expect(() => encodeRow(row, { ...base, chatTemplate: dropping })).toThrow(expect.objectContaining({ code: 'FETTLE_TEMPLATE' }));
  });

  test('a conversation for a model without a chat template', () => {
    expect(() => encodeRow(row, { ...base, chatTemplate: null })).toThrow(expect.objectContaining({ code: 'FETTLE_TEMPLATE' }));
  });
});
