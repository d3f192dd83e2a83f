/** The README.md beside a result. It holds nothing that differs between two equal runs. */
import type { ResultState } from './result-writer.ts';

export interface CardFacts {
  /** Hub id, folder or file name of the base. */
  base_model: string;
  /** What was trained, in words, e.g. `LoRA, r 16, lora_alpha 32`. */
  method: string;
  /** Settings worth telling: name and value. */
  settings: Readonly<Record<string, string | number>>;
  /** How to use it, in lines of Markdown. */
  usage: string;
  library: 'peft' | 'transformers';
}

/** A model card with the front matter that the Hugging Face hub reads. */
export function modelCard(facts: CardFacts, state: ResultState): string {
  const hubId = /^[\w.-]+\/[\w.-]+$/.test(facts.base_model) ? [`base_model: ${facts.base_model}`] : [];
  const loss = state.eval_loss === null ? '' : `, validation loss ${state.eval_loss.toFixed(4)}`;
  return `---
${[...hubId, `library_name: ${facts.library}`, 'pipeline_tag: text-generation', 'tags: [fettle]'].join('\n')}
---

# Fine-tuned from ${facts.base_model}

${facts.method}; the state after step ${state.step}${loss}.

| setting | value |
|---|---|
${Object.entries(facts.settings)
  .map(([name, value]) => `| ${name} | ${value} |`)
  .join('\n')}

${facts.usage}
`;
}
