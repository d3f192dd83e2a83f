/** The person's own editor on a text. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** $VISUAL or $EDITOR, which may hold arguments; undefined when neither is set. */
export function editorCommand(): string | undefined {
  return [process.env.VISUAL, process.env.EDITOR].find((command) => command !== undefined && command.trim() !== '');
}

/** The text as the editor left it, or what went wrong. The terminal must be free. */
export function openEditor(command: string, text: string): { text: string } | { problem: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'fettle-edit-'));
  const file = path.join(folder, 'row.txt');
  try {
    writeFileSync(file, text, { mode: 0o600 });
    const { status, error } =
      process.platform === 'win32'
        ? spawnSync(`${command} "${file}"`, { stdio: 'inherit', shell: true })
        : spawnSync('/bin/sh', ['-c', `${command} "$1"`, 'sh', file], { stdio: 'inherit' });
    if (error !== undefined) return { problem: `the editor could not be started: ${error.message}` };
    return status === 0
      ? { text: readFileSync(file, 'utf8') }
      : { problem: `the editor (${command}) ended with ${status ?? 'a signal'}; nothing was changed` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
