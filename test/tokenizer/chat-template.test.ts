import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ChatTemplate, type Turn } from '../../src/model/chat-template.ts';

interface Talk {
  name: string;
  messages: Turn[];
  add_generation_prompt: boolean;
  tools?: unknown[];
}
interface Golden {
  tokens: Record<string, string>;
  conversations: Talk[];
  expected: Record<string, { name: string; text?: string; refusal?: string }[]>;
}

const fixture = (name: string) => readFileSync(new URL(`../fixtures/templates/${name}`, import.meta.url), 'utf8');
const golden: Golden = JSON.parse(fixture('expected.json'));
const turns: Turn[] = [
  { role: 'user', content: 'q' },
  { role: 'assistant', content: 'a' },
];
const plain = { addGenerationPrompt: false };

describe.each(Object.entries(golden.expected))('%s renders as transformers does', (name, results) => {
  const template = new ChatTemplate(fixture(`${name}.jinja`), golden.tokens);

  test.each(results.map((result, i) => ({ ...golden.conversations[i]!, ...result })))('$name', (one) => {
    const render = () => template.render(one.messages, { addGenerationPrompt: one.add_generation_prompt, tools: one.tools });
    if (one.refusal === undefined) {
      expect(render()).toBe(one.text);
    } else {
      expect(render).toThrow(expect.objectContaining({ code: 'FETTLE_TEMPLATE', message: expect.stringContaining(one.refusal) }));
    }
  });
});

describe('ChatTemplate', () => {
  test('a template that cannot be parsed is FETTLE_TEMPLATE, when it is used', () => {
    const template = new ChatTemplate('{% for m in messages %}{{ m.content }}', {});
    expect(() => template.render(turns, plain)).toThrow(expect.objectContaining({ code: 'FETTLE_TEMPLATE' }));
  });

  test('strftime_now tells the given time, in English, whatever the locale', () => {
    const template = new ChatTemplate(
      '{{ strftime_now("%d %b %Y, %A %-d %B %H:%M:%S %p%%") }}',
      {},
      { now: new Date(2026, 2, 5, 9, 7, 3) },
    );
    expect(template.render(turns, plain)).toBe('05 Mar 2026, Thursday 5 March 09:07:03 AM%');
  });

  test.each([
    ["{{ '\\n a \\n'.strip('\\n') }}", ' a '],
    ["{{ 'xxabxx'.lstrip('x') + '|' + 'xxabxx'.rstrip('xb') }}", 'abxx|xxa'],
    ["{{ 'aaa'.strip('a') + '|' + ' b '.strip() }}", '|b'],
    ["{% for m in messages %}{{ m.content.strip('q') }}{% endfor %}", 'a'],
  ])('%s strips what Python strips', (source, expected) => {
    expect(new ChatTemplate(source, {}).render(turns, plain)).toBe(expected);
  });

  test('named templates: tool_use is taken when tools are given', () => {
    const template = new ChatTemplate('plain', {}, { toolUseSource: 'with {{ tools | length }}' });
    expect(template.render(turns, plain)).toBe('plain');
    expect(template.render(turns, { ...plain, tools: [] })).toBe('plain');
    expect(template.render(turns, { ...plain, tools: [{ name: 'f' }] })).toBe('with 1');
  });

  test('a special token that the model lacks is undefined to the template', () => {
    expect(new ChatTemplate('{{ bos_token is defined }}', {}).render(turns, plain)).toMatch(/false/i);
    expect(new ChatTemplate('{{ bos_token is defined }}', { bos_token: '<s>' }).render(turns, plain)).toMatch(/true/i);
  });

  test('the hash changes with the template and with the tokens it writes', () => {
    const hash = (source: string, eos_token: string) => new ChatTemplate(source, { eos_token }).hash;
    expect(hash('a', '</s>')).toBe(hash('a', '</s>'));
    expect(new Set([hash('a', '</s>'), hash('b', '</s>'), hash('a', '<eos>')]).size).toBe(3);
  });
});
