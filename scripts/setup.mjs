/** Brings a checkout to where it runs: packages, addon, compiled TypeScript. Each step is skipped when nothing changed. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { buildNative, buildSimt } from './build-native.mjs';
import { currentNode, isMain, main, mustRun, root, say } from './command.mjs';

export function setup() {
  ensureDependencies();
  ensureNative();
  ensureDist();
}

/** npm ci, when a package is missing or not of the version that package-lock.json names. */
export function ensureDependencies() {
  if (installedMatchesLock()) return;
  say('installing packages (npm ci)');
  mustRun('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    hint: 'is the npm registry reachable? Behind a mirror: npm config set registry URL',
  });
}

function installedMatchesLock() {
  const installedFile = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([name, entry]) =>
      name === '' || installed[name]?.version === entry.version || (entry.optional === true && installed[name] === undefined),
  );
}

/** Builds the addon, when it is missing or a source is newer. */
export function ensureNative() {
  const addon = path.join(root, 'build', 'Release', 'fettle.node');
  const sources = [path.join(root, 'CMakeLists.txt'), ...filesUnder(path.join(root, 'csrc'))];
  if (existsSync(addon) && sources.every((file) => statSync(file).mtimeMs <= statSync(addon).mtimeMs)) return;
  say(existsSync(addon) ? 'sources changed: building the addon' : 'building the addon');
  buildNative({ folder: 'build', config: 'Release' });
}

/** Builds the emulated CUDA device, when it is missing or a source is newer; only where the emulation runs. */
export function ensureSimt() {
  if (process.arch !== 'x64' || process.platform !== 'linux') return;
  const library = path.join(root, 'build', 'Release', 'fettle_simt.so');
  const sources = [path.join(root, 'CMakeLists.txt'), ...filesUnder(path.join(root, 'csrc'))];
  if (existsSync(library) && sources.every((file) => statSync(file).mtimeMs <= statSync(library).mtimeMs)) return;
  say('building the emulated CUDA device for the tests');
  buildSimt();
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}

function ensureDist() {
  mustRun(currentNode(), [path.join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json']);
}

if (isMain(import.meta.url)) await main(setup);
