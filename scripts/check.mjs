/** `npm run check`: types, lint and format, C++ format, layers and circles, dead exports, generated files. Runs all and fails when one fails. */
import { spawnSync } from 'node:child_process';
import { currentNode, isMain, main, root } from './command.mjs';
import { ensureDependencies } from './setup.mjs';

const checks = [
  ['types', 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.check.json'],
  ['lint and format', 'node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings'],
  ['C++ format', 'scripts/format-cpp.mjs', '--check'],
  ['layers', 'scripts/check-layers.mjs'],
  ['dead code', 'node_modules/knip/bin/knip.js'],
  ['generated files', 'scripts/generate.mjs', '--check'],
];

/** Lines of a failed check that are shown: enough to begin with, and the other checks stay in sight. */
const linesShown = 60;

/** The first lines of `output`; what was left out is counted, with the command that shows it. */
export function capped(output, command) {
  const lines = output.trimEnd().split('\n');
  const left = lines.length - linesShown;
  return left <= 0
    ? lines.join('\n')
    : [...lines.slice(0, linesShown), `... and ${left} lines more: npx node ${command.join(' ')}`].join('\n');
}

function check() {
  ensureDependencies();
  const node = currentNode();
  let failed = 0;
  for (const [name, ...command] of checks) {
    const { status, stdout, stderr } = spawnSync(node, command, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
    console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name}`);
    if (status === 0) continue;
    console.log(capped(`${stdout}${stderr}`, command));
    failed++;
  }
  return failed === 0 ? 0 : 1;
}

if (isMain(import.meta.url)) await main(check);
