/** Chat templates in the ways they differ, as plain functions. */

import type { TemplateRenderer } from '../../../src/data/render.ts';
import { FettleError } from '../../../src/errors.ts';

export const chatml: TemplateRenderer = {
  render: (turns, { addGenerationPrompt }) =>
    turns.map((turn) => `<|im_start|>${turn.role}\n${turn.content}<|im_end|>\n`).join('') +
    (addGenerationPrompt ? '<|im_start|>assistant\n' : ''),
};

/** Trims content, as Gemma's does. */
export const trimming: TemplateRenderer = {
  render: (turns, options) =>
    chatml.render(
      turns.map((turn) => ({ ...turn, content: turn.content.trim() })),
      options,
    ),
};

/** Knows no generation prompt, as early ChatML templates. */
export const withoutGenerationPrompt: TemplateRenderer = { render: (turns) => chatml.render(turns, { addGenerationPrompt: false }) };

/** Llama 2: BOS and EOS in the text, no assistant header, refuses conversations that do not alternate. */
export const llama2: TemplateRenderer = {
  render: (turns) =>
    turns
      .map((turn, i) => {
        if (turn.role !== (i % 2 === 0 ? 'user' : 'assistant')) throw new FettleError('FETTLE_TEMPLATE', 'roles must alternate');
        return turn.role === 'user' ? `<s>[INST] ${turn.content} [/INST]` : ` ${turn.content} </s>`;
      })
      .join(''),
};

/** Qwen3: drops the thoughts of earlier answers and writes an empty thought before the last one. */
export const thinking: TemplateRenderer = {
  render: (turns, { addGenerationPrompt }) =>
    turns
      .map((turn, i) => {
        if (turn.role !== 'assistant') return `<|im_start|>${turn.role}\n${turn.content}<|im_end|>\n`;
        const [thought, answer] = turn.content.includes('</think>') ? turn.content.split('</think>') : ['<think>\n', turn.content];
        const shown = i === turns.length - 1 ? `${thought}\n</think>\n\n` : '';
        return `<|im_start|>assistant\n${shown}${answer!.trim()}<|im_end|>\n`;
      })
      .join('') + (addGenerationPrompt ? '<|im_start|>assistant\n' : ''),
};

/** Forgets to end turns. */
export const neverEnding: TemplateRenderer = {
  render: (turns, { addGenerationPrompt }) =>
    turns.map((turn) => `${turn.role}: ${turn.content}\n`).join('') + (addGenerationPrompt ? 'assistant:' : ''),
};
