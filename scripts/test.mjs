/**
 * Sets up what is missing, then runs the tests; arguments go to vitest.
 * The last line of stdout is "N passed, N failed, N skipped".
 *   node scripts/test.mjs [--slow] [--asan] [vitest arguments]
 */
import { buildNative, sanitizedBuild } from './build-native.mjs';
import { currentNode, main, outputOf, run, SetupError } from './command.mjs';
import { ensureSimt, setup } from './setup.mjs';

function test() {
  const flags = ['--slow', '--asan'];
  const args = process.argv.slice(2).filter((arg) => !flags.includes(arg));
  const env = {};
  try {
    setup();
    ensureSimt();
    if (process.argv.includes('--slow')) env.FETTLE_SLOW = '1';
    if (process.argv.includes('--asan')) Object.assign(env, sanitizerEnvironment(buildNative(sanitizedBuild)));
  } catch (error) {
    if (error instanceof SetupError) process.on('exit', () => process.stdout.write('0 passed, 1 failed, 0 skipped\n'));
    throw error;
  }
  return run(currentNode(), ['node_modules/vitest/vitest.mjs', 'run', ...args], { env, stdout: 'inherit' });
}

/** Node itself is not built with the sanitizers, so their run-time library must be loaded before it. */
function sanitizerEnvironment(addon) {
  const libraries = ['libasan.so', 'libstdc++.so'].map((name) => outputOf(process.env.CXX ?? 'g++', [`-print-file-name=${name}`]));
  if (libraries.some((file) => file === null))
    throw new SetupError('expected g++ with libasan for the sanitizer run, found none', 'apt-get install g++');
  return {
    LD_PRELOAD: libraries.join(' '),
    ASAN_OPTIONS: 'detect_leaks=0',
    UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
    FETTLE_NATIVE: addon,
  };
}

await main(test);
