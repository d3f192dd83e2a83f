/** What builds the addon. */
import { execFileSync } from 'node:child_process';
import type { Finding } from './finding.ts';

function versionLine(program: string): string | null {
  try {
    return execFileSync(program, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0] ?? null;
  } catch {
    // Not installed, or not runnable: it cannot build anything.
    return null;
  }
}

/** @param needed whether the addon is still to be built */
export function toolchain(needed: boolean): Finding[] {
  const compiler = [process.env.CXX, 'c++', 'g++', 'clang++']
    .filter((name) => name !== undefined && name !== '')
    .map((name) => versionLine(name!));
  return [
    describe('compiler', compiler.find((line) => line !== null) ?? null, 'a C++20 compiler', 'apt-get install g++ make', needed),
    describe('cmake', versionLine('cmake'), 'CMake 3.22 or later', 'apt-get install cmake', needed),
  ];
}

function describe(name: string, found: string | null, expected: string, mend: string, needed: boolean): Finding {
  if (found !== null) return { name, status: 'ok', found };
  return {
    name,
    status: needed ? 'missing' : 'note',
    found: `none; expected ${expected} to build the addon`,
    mend: `for example: ${mend}`,
  };
}
