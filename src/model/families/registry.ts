/** The one list of model families. */
import { FettleError } from '../../errors.ts';
import type { DecoderConfig } from '../../native/types.ts';
import type { JsonObject } from '../json-file.ts';
import { shown } from '../model-error.ts';
import { ConfigReader } from './config-reader.ts';
import type { Family } from './family.ts';
import { gemma2 } from './gemma2.ts';
import { gemma3 } from './gemma3.ts';
import { llama } from './llama.ts';
import { mistral } from './mistral.ts';
import { phi3 } from './phi3.ts';
import { qwen2 } from './qwen2.ts';
import { qwen3 } from './qwen3.ts';

export const families: readonly Family[] = [llama, mistral, qwen2, qwen3, gemma2, gemma3, phi3];

/** A config understood: which family, and the decoder's numbers. */
export interface ModelConfig {
  family: string;
  decoder: DecoderConfig;
}

/**
 * Reads a config in transformers' words (config.json, or GGUF metadata put into them; `names` are then the file's own words for them).
 * Throws `FETTLE_MODEL_UNSUPPORTED` for an architecture or feature that fettle does not have, listing those it has;
 * `FETTLE_MODEL_FORMAT` listing every field that is missing or wrong.
 */
export function readModelConfig(file: string, config: JsonObject, names?: ReadonlyMap<string, string>): ModelConfig {
  const reader = new ConfigReader(file, config, names);
  const family = findFamily(reader);
  // Models that also see keep the decoder's config one level down.
  const decoder = family.decoder(reader.object('text_config') ?? reader);
  reader.throwProblems();
  return { family: family.name, decoder };
}

function findFamily(config: ConfigReader): Family {
  const architectures = config.strings('architectures');
  const modelType = config.string('model_type', '');
  config.throwProblems();
  const architecture = architectures?.[0];
  const found = families.find((family) =>
    architecture === undefined ? family.modelTypes.includes(modelType) : family.architectures.includes(architecture),
  );
  if (found) return found;
  const supported = families.flatMap((family) => family.architectures).join(', ');
  const what = architecture === undefined ? `model_type ${shown(modelType)}` : `architecture ${shown(architecture)}`;
  const message = `expected a supported architecture, found ${what}`;
  const hint = `Supported are ${supported}.`;
  const field = architecture === undefined ? 'model_type' : 'architectures';
  throw new FettleError('FETTLE_MODEL_UNSUPPORTED', `${config.file}: ${message}; supported are ${supported}`, {
    hint,
    problems: [{ file: config.file, field, message, hint }],
  });
}
