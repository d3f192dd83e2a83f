/** Writes a fully fine-tuned model as a folder that transformers and fettle load: config, tokenizer files, one fp32 `model.safetensors`. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceText, replaceWith } from '../atomic-file.ts';
import { FettleError } from '../errors.ts';
import { generationConfigFile, tokenizerFiles } from '../model/model-files.ts';
import { asWriteError } from '../system-errors.ts';
import { parseKeepingNumbers } from './json-numbers.ts';
import { type CardFacts, modelCard } from './model-card.ts';
import type { ResultWriter } from './result-writer.ts';

const weightsFile = 'model.safetensors';

/** Files of the base that a tuned model needs as they are, where the base has them. */
const copiedFiles = [generationConfigFile, ...tokenizerFiles];

export interface ModelFolderOptions {
  base: { kind: 'folder' | 'gguf'; path: string; spec: string };
  settings: CardFacts['settings'];
}

/**
 * A writer for `model/`; reads the base's config at once, so that a base it cannot write fails before training.
 * @throws FettleError FETTLE_NOT_YET for a base without a config.json of its own (GGUF), or whose decoder is a part of a larger model
 */
export async function modelFolderWriter({ base, settings }: ModelFolderOptions): Promise<ResultWriter> {
  const config = await baseConfig(base);
  const facts: CardFacts = {
    base_model: base.spec,
    method: 'Full fine-tuning: every parameter was trained',
    settings,
    usage: 'With fettle: `fettle generate --model . --prompt "..."`; with transformers: `AutoModelForCausalLM.from_pretrained(".")`.',
    library: 'transformers',
  };
  const writeConfig = (path: string) => replaceText(join(path, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  return {
    folder: 'model',
    weightsFile,
    nameInFile: (trainable) => trainable,
    writeConfig,
    write: async (path, state, writeWeights) => {
      try {
        await mkdir(path, { recursive: true });
        for (const name of copiedFiles) {
          const from = join(base.path, name);
          if (existsSync(from)) await replaceWith(join(path, name), (temporary) => copyFile(from, temporary));
        }
      } catch (cause) {
        throw asWriteError(cause, path);
      }
      await replaceWith(join(path, weightsFile), writeWeights);
      await writeConfig(path);
      await replaceText(join(path, 'README.md'), modelCard(facts, state));
    },
  };
}

async function baseConfig(base: ModelFolderOptions['base']): Promise<Record<string, unknown>> {
  const hint = 'train a LoRA adapter instead, or start from the model as a folder with config.json and safetensors';
  if (base.kind !== 'folder') {
    throw new FettleError('FETTLE_NOT_YET', `full fine-tuning of a GGUF file is not built yet: ${base.path}`, { hint });
  }
  const {
    torch_dtype: _old,
    dtype: _new,
    quantization_config: _none,
    ...config
  } = parseKeepingNumbers(await readFile(join(base.path, 'config.json'), 'utf8')) as Record<string, unknown>;
  if (config.text_config !== undefined) {
    throw new FettleError('FETTLE_NOT_YET', `full fine-tuning of a model with more than text is not built yet: ${base.path}`, { hint });
  }
  return { ...config, torch_dtype: 'float32' };
}
