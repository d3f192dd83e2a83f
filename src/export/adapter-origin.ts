/** `fettle.json` beside an adapter: what it was trained on. PEFT ignores the file; without it (PEFT's own adapters) nothing is known. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FettleError } from '../errors.ts';
import type { ModelSource } from '../model/source.ts';

export const originFile = 'fettle.json';

const originSchema = z.object({
  base: z.object({ name: z.string(), hash: z.string() }),
  /** How the base's weights were kept while training: the adapter has learnt to mend exactly these. */
  quantization: z.enum(['nf4', 'none']),
  compute_dtype: z.enum(['bf16', 'f32']),
  tokenizer_hash: z.string().nullable(),
  chat_template_hash: z.string().nullable(),
});

export type AdapterOrigin = z.infer<typeof originSchema>;

/** @throws FettleError FETTLE_ADAPTER when the file is damaged */
export async function readOrigin(folder: string): Promise<AdapterOrigin | null> {
  const file = join(folder, originFile);
  if (!existsSync(file)) return null;
  try {
    return originSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw new FettleError('FETTLE_ADAPTER', `expected ${file} as fettle wrote it, found it damaged`, {
      cause,
      hint: 'remove it: then nothing is known of how the adapter was trained, and it loads',
    });
  }
}

/** What an adapter that is trained on this model must remember of it. */
export function originOf(source: ModelSource, precision: Pick<AdapterOrigin, 'quantization' | 'compute_dtype'>): AdapterOrigin {
  return {
    base: { name: source.name, hash: source.hash },
    quantization: source.preQuantized ? 'nf4' : precision.quantization,
    compute_dtype: precision.compute_dtype,
    tokenizer_hash: source.tokenizer?.hash ?? null,
    chat_template_hash: source.chatTemplate?.hash ?? null,
  };
}

/** What differs between the base that an adapter was trained on and this one, a sentence each; worth a warning. */
export function originWarnings(origin: AdapterOrigin | null, base: AdapterOrigin): string[] {
  if (origin === null) return [];
  const differs = (what: string, trained: string | null, used: string | null) =>
    trained === used ? [] : [`the adapter was trained with ${what} ${trained ?? 'none'}, and is used with ${used ?? 'none'}`];
  return [
    ...differs('base quantization', origin.quantization, base.quantization),
    ...(origin.base.hash === base.base.hash ? [] : differs('base', origin.base.name, base.base.name)),
    ...(origin.chat_template_hash === base.chat_template_hash ? [] : ['the adapter was trained with another chat template']),
    ...(origin.tokenizer_hash === base.tokenizer_hash ? [] : ['the adapter was trained with another tokenizer']),
  ];
}
