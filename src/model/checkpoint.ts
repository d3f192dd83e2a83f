/** From the tensors of a transformers checkpoint to the engine's parameters. */
import type { Problem } from '../errors.ts';
import type { StoredType, WeightSource } from '../native/types.ts';
import { manyProblems } from './model-error.ts';
import { isQuantPart, quantStates, readNf4 } from './nf4-checkpoint.ts';
import type { LocatedTensor } from './safetensors-index.ts';

const storedTypes: ReadonlyMap<string, StoredType> = new Map([
  ['F32', 'F32'],
  ['F16', 'F16'],
  ['BF16', 'BF16'],
]);

/** Where the decoder's tensors lie: in a model of its own, inside one that also sees (transformers 5, 4), or bare. */
const prefixes: readonly { is: string; becomes: string }[] = [
  { is: 'model.language_model.', becomes: 'model.' },
  { is: 'language_model.model.', becomes: 'model.' },
  { is: 'language_model.lm_head.', becomes: 'lm_head.' },
  { is: 'model.layers.', becomes: 'model.layers.' },
  { is: 'model.embed_tokens.', becomes: 'model.embed_tokens.' },
  { is: 'model.norm.', becomes: 'model.norm.' },
  { is: 'lm_head.', becomes: 'lm_head.' },
  { is: 'layers.', becomes: 'model.layers.' },
  { is: 'embed_tokens.', becomes: 'model.embed_tokens.' },
  { is: 'norm.', becomes: 'model.norm.' },
];

/** Buffers that old checkpoints hold and nobody reads. */
const ignoredSuffixes = ['rotary_emb.inv_freq', 'attn.bias', 'attn.masked_bias'];

/** The weights that the engine takes as NF4. */
const layerLinear = /^model\.layers\.\d+\..*_proj\.weight$/;

/** The decoder's parameter that a checkpoint calls `name`; undefined for what is not the decoder's (a vision tower, say). */
export function parameterName(name: string): string | undefined {
  if (ignoredSuffixes.some((suffix) => name.endsWith(suffix))) return undefined;
  const prefix = prefixes.find(({ is }) => name.startsWith(is));
  return prefix && prefix.becomes + name.slice(prefix.is.length);
}

export interface CheckpointWeights {
  weights: Map<string, WeightSource>;
  /** Some are NF4 already. */
  preQuantized: boolean;
}

/**
 * The engine's parameters and where they lie. Reads no weights.
 * Throws `FETTLE_MODEL_UNSUPPORTED` listing every tensor of a type that fettle does not read; errors of `readNf4`.
 */
export async function readCheckpoint(tensors: ReadonlyMap<string, LocatedTensor>): Promise<CheckpointWeights> {
  const states = quantStates(tensors);
  const weights = new Map<string, WeightSource>();
  const problems: Problem[] = [];
  for (const [name, tensor] of tensors) {
    if (isQuantPart(name, states)) continue;
    const parameter = parameterName(name);
    if (parameter === undefined) continue;
    const state = states.get(name);
    const isLinear = layerLinear.test(parameter);
    const source = !state ? plainSource(tensor) : isLinear ? await readNf4(name, state, tensors) : undefined;
    if (source) weights.set(parameter, source);
    else {
      const found = state ? 'a 4-bit one' : tensor.dtype;
      const message = `expected F32, F16 or BF16 ${isLinear ? '(or NF4 by bitsandbytes)' : 'outside of the layers'}, found ${found}`;
      problems.push({ file: tensor.file, field: name, message });
    }
  }
  if (problems.length > 0) {
    const hint = 'Take the unquantized model; fettle quantizes to NF4 itself.';
    throw manyProblems('FETTLE_MODEL_UNSUPPORTED', 'tensors of types that fettle does not read', problems, hint);
  }
  return { weights, preQuantized: states.size > 0 };
}

function plainSource({ file, offset, bytes, dtype, shape }: LocatedTensor): WeightSource | undefined {
  const type = storedTypes.get(dtype);
  return type && { file, offset, bytes, type, shape };
}
