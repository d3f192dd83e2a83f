/** Whether the weights that were found are those that the config promises. */
import type { Problem } from '../errors.ts';
import type { DecoderConfig, WeightSource } from '../native/types.ts';
import { manyProblems } from './model-error.ts';
import { expectedParameters } from './parameters.ts';

/**
 * Returns the weights in the engine's order.
 * Throws `FETTLE_MODEL_INCOMPLETE` listing every parameter that is missing, has another shape, or finds no place in the decoder.
 */
export function checkWeights(file: string, config: DecoderConfig, found: ReadonlyMap<string, WeightSource>): Map<string, WeightSource> {
  const weights = new Map<string, WeightSource>();
  const problems: Problem[] = [];
  for (const [name, shape] of expectedParameters(config)) {
    const source = found.get(name);
    if (source === undefined) problems.push({ file, field: name, message: `expected a tensor ${show(shape)}, found none` });
    else if (!sameShape(source.shape, shape)) {
      problems.push({ file, field: name, message: `expected the shape ${show(shape)} by the config, found ${show(source.shape)}` });
    } else weights.set(name, source);
  }
  for (const name of found.keys()) {
    if (!weights.has(name) && !problems.some((problem) => problem.field === name) && !isIgnored(name, config)) {
      problems.push({ file, field: name, message: 'expected no such tensor by the config, found one' });
    }
  }
  if (problems.length > 0) {
    const hint = 'The config and the weights are not of the same model, or a part of the download is missing.';
    throw manyProblems('FETTLE_MODEL_INCOMPLETE', 'the weights do not fit the config', problems, hint);
  }
  return weights;
}

/** A tied head that is stored all the same (some checkpoints do) is not read. */
function isIgnored(name: string, config: DecoderConfig): boolean {
  return config.tie_word_embeddings && name === 'lm_head.weight';
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

function show(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
