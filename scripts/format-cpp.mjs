/** Formats the C++ and CUDA sources as .clang-format says; --check changes nothing and fails when one is not formatted. */
import { globSync } from 'node:fs';
import path from 'node:path';
import { main, root, run } from './command.mjs';

function format() {
  const files = globSync('csrc/**/*.{h,cpp,cu,cuh}', { cwd: root });
  const mode = process.argv.includes('--check') ? ['--dry-run', '-Werror'] : ['-i'];
  return run(process.execPath, [path.join('node_modules', 'clang-format-node', 'build', 'cli.js'), '--style=file', ...mode, ...files]);
}

await main(format);
