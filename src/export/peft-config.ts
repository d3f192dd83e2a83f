/** `adapter_config.json` as PEFT writes it: what of it fettle can do, and a coded error for every key that it cannot. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FettleError, type Problem } from '../errors.ts';
import { asReadError } from '../system-errors.ts';

export const configFile = 'adapter_config.json';

/** The part of PEFT's LoraConfig that decides what an adapter computes. */
export interface LoraAdapterConfig {
  r: number;
  lora_alpha: number;
  lora_dropout: number;
  use_rslora: boolean;
  /** Module names, a regular expression, or `all-linear`. */
  target_modules: string[] | string;
  exclude_modules: string[] | string | null;
  /** Numbers of the layers that are adapted; empty: all. */
  layers_to_transform: number[];
  /** Names before a layer's number; empty: any. */
  layers_pattern: string[];
  base_model_name_or_path: string | null;
}

const modules = z.union([z.array(z.string()).min(1), z.string().min(1)]);
const known = z.object({
  peft_type: z.literal('LORA'),
  task_type: z.enum(['CAUSAL_LM']).nullish(),
  r: z.int().min(1).default(8),
  lora_alpha: z.number().gt(0).default(8),
  lora_dropout: z.number().min(0).lt(1).default(0),
  use_rslora: z.boolean().default(false),
  target_modules: modules,
  exclude_modules: modules.nullish(),
  layers_to_transform: z.union([z.int().min(0), z.array(z.int().min(0))]).nullish(),
  layers_pattern: modules.or(z.array(z.string())).nullish(),
  base_model_name_or_path: z.string().nullish(),
  bias: z.literal('none').optional(),
  /** Other starting points (PiSSA, OLoRA, LoftQ ...) change the base weights too. */
  init_lora_weights: z.union([z.boolean(), z.enum(['gaussian', 'eva', 'orthogonal'])]).nullish(),
});

/** Keys that say how an adapter was made or by what, not what it computes. */
const harmless = new Set([
  'auto_mapping',
  'revision',
  'inference_mode',
  'eva_config',
  'megatron_core',
  'qalora_group_size',
  'peft_version',
  'runtime_config',
  'ensure_weight_tying',
]);

/**
 * Reads and checks the config of a LoRA adapter.
 * @throws FettleError FETTLE_ADAPTER naming every key that is wrong or not supported, FETTLE_FILE_NOT_FOUND
 */
export async function readPeftConfig(folder: string): Promise<LoraAdapterConfig> {
  const file = join(folder, configFile);
  const value = parseObject(await readText(file), file);
  const parsed = known.safeParse(value);
  const problems = [
    ...(parsed.success ? [] : parsed.error.issues.map((issue) => invalid(issue, value, file))),
    ...unsupported(value, file),
  ];
  if (problems.length > 0 || !parsed.success) {
    const keys = problems.map(({ field }) => field).join(', ');
    throw new FettleError('FETTLE_ADAPTER', `expected a LoRA adapter that fettle can apply in ${file}, found: ${keys}`, { problems });
  }
  const { exclude_modules = null, base_model_name_or_path = null, ...rest } = parsed.data;
  const { r, lora_alpha, lora_dropout, use_rslora, target_modules } = rest;
  const layers_to_transform = [rest.layers_to_transform ?? []].flat();
  const layers_pattern = [rest.layers_pattern ?? []].flat();
  const where = { target_modules, exclude_modules, layers_to_transform, layers_pattern };
  return { r, lora_alpha, lora_dropout, use_rslora, ...where, base_model_name_or_path };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const hint = 'an adapter is a folder with adapter_config.json and adapter_model.safetensors; in a run folder it is adapter/';
    throw asReadError(cause, file, hint);
  }
}

function parseObject(text: string, file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw new FettleError('FETTLE_ADAPTER', `expected JSON in ${file}, found something else`, {
      cause,
      problems: [{ file, message: 'not JSON' }],
    });
  }
  throw new FettleError('FETTLE_ADAPTER', `expected a JSON object in ${file}, found something else`);
}

function invalid(issue: z.core.$ZodIssue, value: Record<string, unknown>, file: string): Problem {
  const field = String(issue.path[0]);
  const found = value[field] === undefined ? 'nothing' : JSON.stringify(value[field]);
  const expected = {
    peft_type: '"LORA"',
    task_type: '"CAUSAL_LM"',
    bias: '"none"',
    init_lora_weights: 'true, false, "gaussian", "eva" or "orthogonal"',
  };
  const words = Object.hasOwn(expected, field)
    ? expected[field as keyof typeof expected]
    : issue.message.replace(/^Invalid input: expected /, '');
  return { file, field, message: `expected ${words}, found ${found}` };
}

/** PEFT gains keys all the time; one that is switched off changes nothing, one that is on may. */
function unsupported(value: Record<string, unknown>, file: string): Problem[] {
  return Object.entries(value)
    .filter(([key, setting]) => !Object.hasOwn(known.shape, key) && !harmless.has(key) && !isOff(setting))
    .map(([field, setting]) => ({ file, field, message: `${JSON.stringify(setting)} is not supported` }));
}

function isOff(setting: unknown): boolean {
  if (setting === null || setting === false) return true;
  return typeof setting === 'object' && Object.keys(setting).length === 0;
}
