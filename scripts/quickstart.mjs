/** Sets up what is missing, then fine-tunes a small model on the bundled examples: see src/cli/quickstart/main.ts. */
import path from 'node:path';
import { currentNode, main, run } from './command.mjs';
import { setup } from './setup.mjs';

function quickstart() {
  setup();
  return run(currentNode(), [path.join('dist', 'cli', 'quickstart', 'main.js'), ...process.argv.slice(2)], { stdout: 'inherit' });
}

await main(quickstart);
