/** Which linears an adapter's `target_modules` names, by PEFT's rules. */
import { FettleError } from '../errors.ts';
import type { ParameterInfo } from '../native/types.ts';

/** Module names (without `.weight`) of the linears that can carry an adapter. */
export function linearModules(parameters: readonly ParameterInfo[]): string[] {
  return parameters.filter(({ linear }) => linear).map(({ name }) => name.replace(/\.weight$/, ''));
}

/** The last part of a module's name, as `target_modules` usually has it: `q_proj`. */
export function lastPart(module: string): string {
  return module.slice(module.lastIndexOf('.') + 1);
}

/**
 * PEFT's matching: a list names whole modules or their ends; a string is a regular expression for the whole name, or `all-linear`.
 * @throws FettleError FETTLE_ADAPTER for a regular expression that cannot be read
 */
export function matchModules(modules: readonly string[], target: readonly string[] | string): string[] {
  if (target === 'all-linear') return [...modules];
  if (typeof target === 'string') {
    const pattern = wholeName(target);
    return modules.filter((module) => pattern.test(module));
  }
  return modules.filter((module) => target.some((name) => module === name || module.endsWith(`.${name}`)));
}

/** The shortest list that names exactly `wanted` of `modules`: the last part where every layer has it, else each module by its whole name. */
export function shortestTargets(modules: readonly string[], wanted: readonly string[]): string[] {
  const left = new Set(modules.filter((module) => !wanted.includes(module)).map(lastPart));
  return [...new Set(wanted.map((module) => (left.has(lastPart(module)) ? module : lastPart(module))))].sort();
}

/**
 * PEFT's `layers_to_transform`: the modules whose layer is listed. A layer's number follows `layers_pattern`, or any name where there is none.
 */
export function inLayers(modules: readonly string[], layers: readonly number[], patterns: readonly string[]): string[] {
  const names = patterns.length === 0 ? '[^.]*' : patterns.map((name) => name.replace(/[^\w]/g, '\\$&')).join('|');
  const layer = new RegExp(`\\.(?:${names})\\.(\\d+)\\.`);
  return modules.filter((module) => layers.includes(Number(layer.exec(`.${module}`)?.[1])));
}

function wholeName(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch (cause) {
    throw new FettleError('FETTLE_ADAPTER', `expected target_modules as a regular expression, found ${JSON.stringify(pattern)}`, { cause });
  }
}
