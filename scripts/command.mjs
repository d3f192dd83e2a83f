/** Running other programs: what the scripts of this folder share. Plain JavaScript, so that it runs before anything is installed. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Something that a person must mend; printed without a stack. */
export class SetupError extends Error {
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}

/** Prints a line of progress to stderr. */
export function say(line) {
  process.stderr.write(`fettle: ${line}\n`);
}

/** Runs a program in the checkout with its output on stderr; resolves to its exit code. */
export function run(program, args, { env, stdout = process.stderr.fd } = {}) {
  const { status, signal, error } = spawnSync(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['inherit', stdout, 'inherit'],
    shell: process.platform === 'win32' && program === 'npm',
  });
  if (error !== undefined) throw new SetupError(`expected to run ${program}, found: ${error.message}`);
  if (signal !== null) throw new SetupError(`${program} was ended by ${signal}`);
  return status;
}

/** Runs a program and throws when it fails. */
export function mustRun(program, args, { hint, ...options } = {}) {
  const status = run(program, args, options);
  if (status !== 0) throw new SetupError(`"${[path.basename(program), ...args].join(' ')}" failed with exit code ${status}`, hint);
}

/** What a program prints, trimmed, or null when it is missing or fails. */
export function outputOf(program, args) {
  const { status, stdout } = spawnSync(program, args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

/** A Node that runs TypeScript as it is (22.18 or later): the one that npm ci brought, else the one that runs this script. */
export function currentNode() {
  const brought = path.join(root, 'node_modules', '.bin', 'node');
  if (existsSync(brought)) return brought;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  throw new SetupError(`expected Node 22.18 or later, found ${process.version}`, 'install a current Node from nodejs.org');
}

/** Runs the main function of a script; an error ends the process with code 1. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    if (error.hint !== undefined) say(error.hint);
    process.exitCode = 1;
  }
}

/** Whether this file is the script that node was asked to run. */
export function isMain(url) {
  return process.argv[1] !== undefined && path.resolve(process.argv[1]) === fileURLToPath(url);
}
