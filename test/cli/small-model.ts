import { fileURLToPath } from 'node:url';

/** A whole random llama with a byte-level BPE tokenizer of 500 tokens and a ChatML template (test/fixtures/gguf/README.md). */
export const smallModel = fileURLToPath(new URL('../fixtures/gguf/tiny-llama.gguf', import.meta.url));

/** The base model of this checkout: larger, and it knows English words. */
export const bundledModel = fileURLToPath(new URL('../../models/tiny', import.meta.url));

/** Alpaca rows with a topic, all different. */
export function alpacaRows(count: number): string {
  const row = (i: number) => ({ topic: i % 2 === 0 ? 'tea' : 'rain', instruction: `Say number ${i}.`, output: `It is ${i}.` });
  return Array.from({ length: count }, (_, i) => `${JSON.stringify(row(i))}\n`).join('');
}
