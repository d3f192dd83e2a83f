/** The flags of every command that loads a model. */
import type { Command } from 'commander';
import { type EngineSettings, parseEngineSettings } from '../config/parse.ts';
import { defaultAt, expectedAt } from '../config/walk.ts';

export interface ModelFlags {
  device?: string;
  quantization?: string;
  computeDtype?: string;
}

/** Adds --device, --quantization and --compute-dtype. */
export function addModelFlags(command: Command): Command {
  for (const [flag, field] of [
    ['--device <device>', 'device'],
    ['--quantization <type>', 'quantization'],
    ['--compute-dtype <type>', 'compute_dtype'],
  ] as const) {
    command.option(flag, `${expectedAt([field])} (default: ${String(defaultAt([field]))})`);
  }
  return command;
}

/** The flags with defaults filled in. Throws FETTLE_CONFIG or FETTLE_NOT_YET. */
export function engineSettings({ device, quantization, computeDtype }: ModelFlags): EngineSettings {
  return parseEngineSettings({ device, quantization, compute_dtype: computeDtype });
}
