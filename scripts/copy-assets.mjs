/** Copies what the TypeScript compiler leaves behind: the style sheets and scripts of pages, from `src` into `dist`. */
import { cpSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { main, root } from './command.mjs';

function copyAssets() {
  const source = path.join(root, 'src');
  const folders = readdirSync(source, { recursive: true }).filter((name) => path.basename(name) === 'assets');
  for (const folder of folders) cpSync(path.join(source, folder), path.join(root, 'dist', folder), { recursive: true });
  return 0;
}

await main(copyAssets);
