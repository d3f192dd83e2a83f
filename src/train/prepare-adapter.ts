/** What a run trains: fresh LoRA matrices, those of an existing adapter, or every parameter. */
import type { FettleConfig, FettleConfigInput } from '../config/schema.ts';
import { FettleError, type Problem } from '../errors.ts';
import { type Adapter, adapterTargets, attachAdapter, readAdapter } from '../export/peft-reader.ts';
import { linearModules, matchModules, shortestTargets } from '../export/target-modules.ts';
import type { LoraOptions, NativeModel, ParameterInfo } from '../native/types.ts';

/** The adapter that a run starts from, or null for a fresh one; checked against the settings that were given beside it. */
export async function readInitAdapter(config: FettleConfig, input: FettleConfigInput): Promise<Adapter | null> {
  if (config.method.init_adapter === null) return null;
  const adapter = await readAdapter(config.method.init_adapter);
  expectAgreement(input.method ?? {}, adapter);
  return adapter;
}

/**
 * The LoRA matrices that a run trains on a model with these parameters, with `target_modules` as PEFT reads them.
 * @throws FettleError FETTLE_CONFIG when `target_modules` names nothing, FETTLE_ADAPTER
 */
export function trainedLora(parameters: readonly ParameterInfo[], config: FettleConfig, init: Adapter | null): LoraOptions {
  const { seed } = config.train;
  const { lora_dropout, target_modules } = config.method;
  const { r, lora_alpha, use_rslora } = init?.config ?? config.method;
  const targets = init === null ? engineTargets(parameters, target_modules) : adapterTargets(parameters, init);
  return { r, lora_alpha, lora_dropout, use_rslora, target_modules: targets, seed };
}

/**
 * Makes LoRA matrices trainable on the model.
 * @returns what they are
 * @throws FettleError FETTLE_CONFIG when `target_modules` names nothing, FETTLE_ADAPTER
 */
export async function addTrainableLora(native: NativeModel, config: FettleConfig, init: Adapter | null): Promise<LoraOptions> {
  const options = trainedLora(native.parameters(), config, init);
  if (init === null) native.addLora(options);
  else await attachAdapter(native, init, { purpose: 'train', lora_dropout: options.lora_dropout });
  return options;
}

function engineTargets(parameters: readonly ParameterInfo[], targets: FettleConfig['method']['target_modules']): string[] {
  const modules = linearModules(parameters);
  const unknown = targets === 'all-linear' ? [] : targets.filter((target) => matchModules(modules, [target]).length === 0);
  if (unknown.length === 0) return shortestTargets(modules, matchModules(modules, targets));
  const known = shortestTargets(modules, modules).join(', ');
  throw new FettleError('FETTLE_CONFIG', `expected target_modules to name linears of the model (${known}), found ${unknown.join(', ')}`, {
    problems: unknown.map((target) => ({
      field: 'method.target_modules',
      message: `${target} is no linear of the model`,
      hint: `known: ${known}`,
    })),
  });
}

/** Settings that come from the adapter may be left out; given ones must say the same. */
function expectAgreement(given: NonNullable<FettleConfigInput['method']>, { path, config }: Adapter): void {
  const sameList = (a: unknown, b: unknown) =>
    Array.isArray(a) && Array.isArray(b) ? [...a].sort().join() === [...b].sort().join() : a === b;
  const problems: Problem[] = (['r', 'lora_alpha', 'use_rslora', 'target_modules'] as const).flatMap((key): Problem[] => {
    const [mine, its] = [given[key], config[key]];
    if (mine === undefined || sameList(mine, its) || (key === 'target_modules' && mine === 'all-linear')) return [];
    return [
      { field: `method.${key}`, message: `is ${JSON.stringify(mine)}, the adapter has ${JSON.stringify(its)}`, hint: 'leave it out' },
    ];
  });
  if (problems.length === 0) return;
  const keys = problems.map(({ field }) => field).join(', ');
  throw new FettleError('FETTLE_CONFIG', `expected the settings of init_adapter ${path}, found others: ${keys}`, {
    problems,
    hint: 'with init_adapter, r, lora_alpha, use_rslora and target_modules come from the adapter',
  });
}
