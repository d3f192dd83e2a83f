/** Where the CLI writes: data to stdout, everything for the eye to stderr. */
import picocolors from 'picocolors';

/** Colours for text on stderr; plain when it is no terminal or NO_COLOR is set. */
export const errColors = picocolors.createColors(picocolors.isColorSupported && process.stderr.isTTY === true);
/** Colours for text on stdout. */
export const outColors = picocolors.createColors(picocolors.isColorSupported && process.stdout.isTTY === true);

/** Prints a line of data. */
export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints an object as one line of data. */
export function printJson(value: unknown): void {
  printLine(JSON.stringify(value));
}

/** Prints a line for the eye. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A reader that goes away (`| head`) ends the command without a word. */
export function endQuietlyOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(0);
    });
  }
}
