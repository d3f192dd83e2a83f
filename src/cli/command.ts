/** What every file of `commands/` exports. */
import type { Command } from 'commander';

/** Sets the exit code of a command that ends without an error: findings, an interrupted run. */
export type SetExitCode = (code: number) => void;

/** Adds one command to the program. Library parts are imported when the command runs, so that --help stays fast. */
export type AddCommand = (program: Command, setExitCode: SetExitCode) => void;
