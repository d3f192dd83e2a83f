/** Writes a LoRA adapter as PEFT loads it: `adapter_config.json`, `adapter_model.safetensors`, and a model card. */
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { replaceText, replaceWith } from '../atomic-file.ts';
import type { LoraOptions } from '../native/types.ts';
import { asWriteError } from '../system-errors.ts';
import { type AdapterOrigin, originFile } from './adapter-origin.ts';
import { type CardFacts, modelCard } from './model-card.ts';
import { configFile } from './peft-config.ts';
import { namePrefix, weightsFile } from './peft-reader.ts';
import type { ResultWriter } from './result-writer.ts';

export interface PeftWriterOptions {
  lora: Pick<LoraOptions, 'r' | 'lora_alpha' | 'lora_dropout' | 'use_rslora' | 'target_modules'>;
  /** Hub id or path of the base, for PEFT and for the reader. */
  base_model: string;
  origin: AdapterOrigin;
  /** Settings for the model card. */
  settings: CardFacts['settings'];
}

/** A writer for `adapter/`; trainables are named as the engine names them (`model.layers.0.self_attn.q_proj.lora_A.weight`). */
export function peftWriter(options: PeftWriterOptions): ResultWriter {
  const { lora, base_model, origin, settings } = options;
  const writeConfig = async (path: string) => {
    await replaceText(join(path, configFile), `${JSON.stringify(peftConfig(options), null, 2)}\n`);
    await replaceText(join(path, originFile), `${JSON.stringify(origin, null, 2)}\n`);
  };
  const facts: CardFacts = {
    base_model,
    method: `LoRA, r ${lora.r}, lora_alpha ${lora.lora_alpha}, on ${lora.target_modules.join(', ')}`,
    settings: { ...settings, 'base weights while training': origin.quantization === 'nf4' ? '4-bit NF4' : origin.compute_dtype },
    usage: usage(base_model),
    library: 'peft',
  };
  return {
    folder: 'adapter',
    weightsFile,
    nameInFile: (trainable) => namePrefix + trainable,
    writeConfig,
    write: async (path, state, writeWeights) => {
      await mkdir(path, { recursive: true }).catch((cause: unknown) => {
        throw asWriteError(cause, path);
      });
      await replaceWith(join(path, weightsFile), writeWeights);
      await writeConfig(path);
      await replaceText(join(path, 'README.md'), modelCard(facts, state));
    },
  };
}

/** The keys that every PEFT since 0.9 knows; newer ones only add keys, all with defaults. */
function peftConfig({ lora, base_model }: PeftWriterOptions): Record<string, unknown> {
  return {
    alpha_pattern: {},
    auto_mapping: null,
    base_model_name_or_path: base_model,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: null,
    layers_to_transform: null,
    loftq_config: {},
    lora_alpha: lora.lora_alpha,
    lora_dropout: lora.lora_dropout,
    megatron_config: null,
    megatron_core: 'megatron.core',
    modules_to_save: null,
    peft_type: 'LORA',
    r: lora.r,
    rank_pattern: {},
    revision: null,
    target_modules: lora.target_modules,
    task_type: 'CAUSAL_LM',
    use_dora: false,
    use_rslora: lora.use_rslora,
  };
}

function usage(base: string): string {
  const place = base.endsWith('.gguf') ? `"${dirname(base)}", gguf_file="${basename(base)}"` : `"${base}"`;
  return `With fettle:

\`\`\`sh
fettle generate --model ${base} --adapter . --prompt "..."
\`\`\`

With PEFT:

\`\`\`python
from peft import PeftModel
from transformers import AutoModelForCausalLM

model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(${place}), ".")
\`\`\``;
}
