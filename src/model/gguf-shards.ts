/** A GGUF model that was split into several files (`NAME-00001-of-00003.gguf`), seen as one. */
import { existsSync } from 'node:fs';
import { FettleError } from '../errors.ts';
import { type GgufHeader, type GgufTensor, readGguf } from './gguf.ts';
import { formatError, shown } from './model-error.ts';

/** A tensor and the file that holds it. */
export interface GgufLocatedTensor extends GgufTensor {
  file: string;
}

export interface GgufModelFiles {
  header: GgufHeader;
  tensors: Map<string, GgufLocatedTensor>;
}

const shardName = /-(\d{5})-of-(\d{5})\.gguf$/;

/**
 * Reads the headers of a GGUF model, of all its files when it was split; `file` may be any of them.
 * Throws `FETTLE_MODEL_INCOMPLETE` listing every part that is missing; errors of `readGguf`.
 */
export function readGgufModel(file: string): GgufModelFiles {
  const files = partsOf(file);
  const missing = files.filter((part) => !existsSync(part));
  if (files.length > 1 && missing.length > 0) {
    const problems = missing.map((part) => ({ file: part, message: 'expected this part of the model, found no file' }));
    throw new FettleError(
      'FETTLE_MODEL_INCOMPLETE',
      `the model has ${files.length} parts, of which ${missing.length} are missing: ${missing.join(', ')}`,
      {
        problems,
        hint: 'Put all parts into one folder.',
      },
    );
  }
  const headers = files.map(readGguf);
  const header = headers[0]!;
  const count = header.metadata.get('split.count') ?? 1;
  if (Number(count) > 1 && Number(count) !== files.length) {
    const hint = 'Parts are named NAME-00001-of-00003.gguf, as llama-gguf-split writes them.';
    throw formatError(file, `expected ${files.length} parts by the file's name, found ${shown(count)}`, { field: 'split.count', hint });
  }
  const tensors = new Map<string, GgufLocatedTensor>();
  for (const part of headers) {
    for (const [name, tensor] of part.tensors) tensors.set(name, { ...tensor, file: part.file });
  }
  return { header, tensors };
}

function partsOf(file: string): string[] {
  const match = shardName.exec(file);
  const count = Number(match?.[2]);
  if (!match || count < 1 || count > 4096) return [file];
  const stem = file.slice(0, match.index);
  return Array.from({ length: count }, (_, i) => `${stem}-${String(i + 1).padStart(5, '0')}-of-${match[2]}.gguf`);
}
