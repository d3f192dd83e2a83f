/** The `fettle` command. */
import { CommanderError } from 'commander';
import { endOnInterrupt } from './interrupt.ts';
import { endQuietlyOnClosedPipe } from './output.ts';
import { printError } from './print-error.ts';
import { buildProgram } from './program.ts';

/** Runs one command and returns its exit code: 0 ok, 1 failed, 2 usage, config or data, 3 environment, 130 interrupted. */
async function main(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = buildProgram((code) => {
    exitCode = code;
  });
  if (args.length === 0) {
    program.outputHelp();
    return 0;
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return printError(error, args.includes('--json'));
  }
}

endQuietlyOnClosedPipe();
endOnInterrupt();
process.exitCode = await main(process.argv.slice(2));
