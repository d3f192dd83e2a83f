/** Writes a data file into a folder that is removed after the test file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export const folder = mkdtempSync(join(tmpdir(), 'fettle-data-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;

/** Writes `content` (rows become JSON Lines) and returns the path. */
export function dataFile(content: string | Uint8Array | readonly object[], extension = 'jsonl'): string {
  const path = join(folder, `data-${++files}.${extension}`);
  writeFileSync(
    path,
    Array.isArray(content) ? content.map((row) => `${JSON.stringify(row)}\n`).join('') : (content as string | Uint8Array),
  );
  return path;
}
