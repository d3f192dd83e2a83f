import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ChatTemplate } from '../../src/model/chat-template.ts';
import { endOfTurnIds } from '../../src/model/tokenizer/end-of-turn.ts';
import { byteTokenizer } from './byte-tokenizer.ts';

const specials = [
  '<s>',
  '</s>',
  '<|im_start|>',
  '<|im_end|>',
  '<|eot_id|>',
  '<|end|>',
  '<end_of_turn>',
  '<|return|>',
  '<|user|>',
  '<|assistant|>',
];
const tokenizer = byteTokenizer(specials);
const template = (name: string) => {
  const source = readFileSync(new URL(`../fixtures/templates/${name}.jinja`, import.meta.url), 'utf8');
  return new ChatTemplate(source, { bos_token: '<s>', eos_token: '</s>' });
};
const names = (source: ChatTemplate) => endOfTurnIds(tokenizer, source).map((id) => tokenizer.idToToken(id));

test.each([
  ['llama3', '<|eot_id|>'],
  ['llama31', '<|eot_id|>'],
  ['qwen2.5', '<|im_end|>'],
  ['qwen3', '<|im_end|>'],
  ['gemma', '<end_of_turn>'],
  ['mistral', '</s>'],
  ['phi3', '<|end|>'],
  ['smollm2', '<|im_end|>'],
  ['zephyr', '</s>'],
])('%s ends an assistant turn with %s', (name, token) => {
  expect(names(template(name))).toEqual([token]);
});

const inner = (end: string) => new ChatTemplate(`{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}${end}{% endfor %}`, {});

test('white space may stand before the token', () => {
  expect(names(inner('\n<|im_end|>'))).toEqual(['<|im_end|>']);
});

test('a template that ends inner turns otherwise gives both, the last turn first', () => {
  const harmony = "{% if loop.last and m.role == 'assistant' %}<|return|>{% else %}<|end|>{% endif %}";
  expect(names(inner(harmony))).toEqual(['<|return|>', '<|end|>']);
});

test('none when ordinary text or nothing follows', () => {
  expect(names(inner('\n### End'))).toEqual([]);
  expect(names(inner(''))).toEqual([]);
});

test('a template that refuses the probe passes its error on', () => {
  expect(() => names(new ChatTemplate("{{ raise_exception('no chat') }}", {}))).toThrow(/no chat/);
});
