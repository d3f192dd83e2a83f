/** `npm run check`: types, lint and format, C++ format, layers and circles, dead exports, generated files. Runs all and fails when one fails. */
import { spawnSync } from 'node:child_process';
import { currentNode, main, root } from './command.mjs';
import { ensureDependencies } from './setup.mjs';

const checks = [
  ['types', 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.check.json'],
  ['lint and format', 'node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings'],
  ['C++ format', 'scripts/format-cpp.mjs', '--check'],
  ['layers', 'scripts/check-layers.mjs'],
  ['dead code', 'node_modules/knip/bin/knip.js'],
  ['generated files', 'scripts/generate.mjs', '--check'],
];

function check() {
  ensureDependencies();
  const node = currentNode();
  let failed = 0;
  for (const [name, ...command] of checks) {
    const { status, stdout, stderr } = spawnSync(node, command, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
    console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name}`);
    if (status !== 0) console.log(`${stdout}${stderr}`.trimEnd());
    if (status !== 0) failed++;
  }
  return failed === 0 ? 0 : 1;
}

await main(check);
