/** Names of kernels for people. */
import { spawnSync } from 'node:child_process';

/** mangled -> C++ name and template arguments, as `shortName` has them; c++filt comes with every host compiler of nvcc. */
export function readable(mangled) {
  const { status, stdout } = spawnSync('c++filt', mangled, { encoding: 'utf8' });
  return status === 0 ? stdout.trim().split('\n').map(shortName) : mangled;
}

/** Without namespaces and parameters. */
export function shortName(demangled) {
  return demangled
    .replaceAll('(anonymous namespace)::', '')
    .replaceAll('fettle::cuda::', '')
    .replaceAll('fettle::', '')
    .replace(/^void /, '')
    .replace(/\(([A-Za-z_]+)\)(?=\d)/g, '$1 ')
    .replace(/\([^()]*\)$/, '');
}
