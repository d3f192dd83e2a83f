/**
 * Builds the addon with CMake, through cmake-js.
 *   node scripts/build-native.mjs             build/Release/fettle.node
 *   node scripts/build-native.mjs --sanitize  build-asan/RelWithDebInfo/fettle.node, with AddressSanitizer and UBSan
 *   node scripts/build-native.mjs --cuda      also build/Release/fettle_cuda.so, for NVIDIA GPUs; brings a CUDA compiler where there is none
 *   node scripts/build-native.mjs --simt      also build/Release/fettle_simt.so, the CUDA kernels on an emulated device, for tests, and
 *                                             build/Release/fettle-selftest
 *   node scripts/build-native.mjs --gyp       as the first, from within node-gyp, whose own files lie in build/
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isMain, main, mustRun, outputOf, root, SetupError } from './command.mjs';
import { cudaToolkit } from './cuda-toolkit.mjs';

/** @param {{ folder: string, config: string, defines?: readonly string[], target?: string }} build; the target is the addon unless named */
export function buildNative({ folder, config, defines = [], target }) {
  requireTools();
  const jobs = Math.max(1, Math.min(os.availableParallelism(), Math.floor(os.totalmem() / 2 ** 30)));
  const args = ['build', '--log-level', 'warn', '-O', folder, '-B', config, ...defines.map((define) => `--CD${define}`)];
  if (target !== undefined) args.push('--target', target);
  mustRun(process.execPath, [path.join('node_modules', 'cmake-js', 'bin', 'cmake-js'), ...args], {
    env: { CMAKE_BUILD_PARALLEL_LEVEL: String(jobs) },
    hint: `the compiler's messages are above; a folder left from another place or compiler: rm -rf ${folder}`,
  });
  return path.join(root, folder, config, 'fettle.node');
}

const release = { folder: 'build', config: 'Release' };

/** build/Release/fettle_simt.so, and fettle-selftest beside it. */
export function buildSimt() {
  for (const target of ['fettle_simt', 'fettle-selftest']) buildNative({ ...release, target });
}

/** fettle_cuda.so, in build/Release unless another build is given; returns its folder. */
export function buildCuda({ folder, config } = release, defines = []) {
  process.env.CUDACXX ??= path.join(cudaToolkit(), 'bin', 'nvcc');
  return path.dirname(buildNative({ folder, config, defines: ['FETTLE_CUDA=ON', ...defines], target: 'fettle_cuda' }));
}

export const sanitizedBuild = { folder: 'build-asan', config: 'RelWithDebInfo', defines: ['FETTLE_SANITIZE=address,undefined'] };

function requireTools() {
  const compilers = [process.env.CXX, 'c++', 'g++', 'clang++', 'cl'].filter((name) => name !== undefined && name !== '');
  const missing = [];
  if (outputOf('cmake', ['--version']) === null) missing.push('cmake');
  if (process.platform !== 'win32' && compilers.every((name) => outputOf(name, ['--version']) === null)) missing.push('a C++20 compiler');
  if (missing.length > 0) throw new SetupError(`expected ${missing.join(' and ')}, found none`, installHint());
}

function installHint() {
  if (process.platform === 'darwin') return 'install them with: xcode-select --install; brew install cmake';
  if (process.platform === 'win32') return 'install CMake and the Visual Studio Build Tools';
  return 'install them, for example: apt-get install g++ cmake make';
}

function build() {
  if (process.argv.includes('--sanitize')) buildNative(sanitizedBuild);
  else if (process.argv.includes('--gyp')) {
    const addon = buildNative({ folder: 'build-cmake', config: 'Release' });
    mkdirSync(path.join(root, 'build', 'Release'), { recursive: true });
    copyFileSync(addon, path.join(root, 'build', 'Release', 'fettle.node'));
  } else {
    buildNative(release);
    if (process.argv.includes('--simt')) buildSimt();
    if (process.argv.includes('--cuda')) buildCuda();
  }
}

if (isMain(import.meta.url)) await main(build);
