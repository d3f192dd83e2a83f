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

/**
 * The list for the engine, which attaches to every linear whose last part is listed.
 * @throws FettleError FETTLE_ADAPTER when `wanted` has a linear in some layers only: the engine has the same adapters in every layer
 */
export function lastPartsOf(modules: readonly string[], wanted: readonly string[]): string[] {
  const parts = [...new Set(wanted.map(lastPart))].sort();
  const left = modules.filter((module) => parts.includes(lastPart(module)) && !wanted.includes(module));
  if (left.length === 0) return parts;
  throw new FettleError('FETTLE_ADAPTER', `expected target_modules to name a linear in every layer, found that it leaves out ${left[0]}`, {
    problems: left.map((field) => ({ field, message: 'is left out, while the same linear of another layer is adapted' })),
    hint: 'adapters on some layers only are not supported',
  });
}

function wholeName(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch (cause) {
    throw new FettleError('FETTLE_ADAPTER', `expected target_modules as a regular expression, found ${JSON.stringify(pattern)}`, { cause });
  }
}
