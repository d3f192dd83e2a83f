import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The command's source. */
export const cliMain = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** What stands on stdin. */
  input?: string;
}

/** Runs the CLI from its source, in `cwd`, without a terminal and without a hub. */
export function runCli(args: readonly string[], { cwd, env, input }: CliOptions = {}): CliResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cliMain, ...args], {
    cwd,
    encoding: 'utf8',
    ...(input !== undefined && { input }),
    env: { ...process.env, HF_HUB_OFFLINE: '1', ...env },
  });
  return { code: status, stdout, stderr };
}
