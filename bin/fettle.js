#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = new URL('../dist/cli/main.js', import.meta.url);
const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const broughtNode = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);
const tooOld = major < 22 || (major === 22 && minor < 12);

function stop(message, hint) {
  process.stderr.write(`FETTLE_NATIVE: ${message}\n${hint}\n`);
  process.exit(3);
}

if (!existsSync(main)) {
  stop(
    `expected the compiled CLI at ${fileURLToPath(main)}, found nothing`,
    `build it with: cd ${packageFolder} && npm ci && npm run build`,
  );
} else if (!tooOld) {
  // Started by an older Node (below): end with it, whatever ended it.
  if (process.env.FETTLE_STARTED_BY_OLD_NODE === String(process.ppid)) {
    process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
    process.channel?.unref(); // waiting for that must not keep this process alive
  }
  await import(main.href);
} else if (existsSync(broughtNode)) {
  const env = { ...process.env, FETTLE_STARTED_BY_OLD_NODE: String(process.pid) };
  // Listened for before the start: a signal must never end this process and leave the other one behind.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    const sentToBoth = signal === 'SIGINT' && process.stdin.isTTY; // by the terminal's Ctrl-C
    process.on(signal, () => sentToBoth || child.kill(signal));
  }
  const child = spawn(broughtNode, process.argv.slice(1), { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env });
  child.on('exit', (code, signal) => (signal === null ? process.exit(code) : process.kill(process.pid, signal)));
} else {
  stop(`expected Node 22.12 or later, found ${process.version}`, 'install a current Node from nodejs.org');
}
