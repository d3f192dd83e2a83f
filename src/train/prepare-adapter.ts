/** What a run trains: fresh LoRA matrices, those of an existing adapter, or every parameter. */
import type { FettleConfig, FettleConfigInput } from '../config/schema.ts';
import { FettleError, type Problem } from '../errors.ts';
import { type Adapter, attachAdapter, readAdapter } from '../export/peft-reader.ts';
import { linearModules, matchModules, shortestTargets } from '../export/target-modules.ts';
import type { LoraOptions, NativeModel } from '../native/types.ts';

/** The adapter that a run starts from, or null for a fresh one; checked against the settings that were given beside it. */
export async function readInitAdapter(config: FettleConfig, input: FettleConfigInput): Promise<Adapter | null> {
  if (config.method.init_adapter === null) return null;
  const adapter = await readAdapter(config.method.init_adapter);
  expectAgreement(input.method ?? {}, adapter);
  return adapter;
}

/**
 * Makes LoRA matrices trainable on the model.
 * @returns what they are, with `target_modules` as PEFT reads them
 * @throws FettleError FETTLE_CONFIG when `target_modules` names nothing, FETTLE_ADAPTER
 */
export async function addTrainableLora(native: NativeModel, config: FettleConfig, init: Adapter | null): Promise<LoraOptions> {
  const { seed } = config.train;
  const { lora_dropout } = config.method;
  if (init !== null) {
    await attachAdapter(native, init, { purpose: 'train', lora_dropout });
    const { r, lora_alpha, use_rslora } = init.config;
    return { r, lora_alpha, lora_dropout, use_rslora, target_modules: trainedModules(native), seed };
  }
  const { r, lora_alpha, use_rslora } = config.method;
  const options = { r, lora_alpha, lora_dropout, use_rslora, target_modules: engineTargets(native, config.method.target_modules), seed };
  native.addLora(options);
  return options;
}

function trainedModules(native: NativeModel): string[] {
  const names = native.trainables().map(({ name }) => name.replace(/\.lora_[AB]\.weight$/, ''));
  return shortestTargets(linearModules(native.parameters()), names);
}

function engineTargets(native: NativeModel, targets: FettleConfig['method']['target_modules']): string[] {
  const modules = linearModules(native.parameters());
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
