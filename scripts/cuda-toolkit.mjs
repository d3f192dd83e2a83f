/** Where a CUDA compiler is. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { outputOf, root, SetupError, say } from './command.mjs';

/** The prefix of a CUDA toolkit: that of the nvcc on PATH, of FETTLE_CUDA_HOME or CUDA_HOME, else one from the Python package index. */
export function cudaToolkit() {
  const found = [process.env.FETTLE_CUDA_HOME, process.env.CUDA_HOME].find((home) => home && existsSync(path.join(home, 'bin', 'nvcc')));
  if (found !== undefined) return found;
  const nvcc = outputOf('which', ['nvcc']);
  if (nvcc) return path.dirname(path.dirname(nvcc));
  say('no nvcc here: bringing the CUDA 13.0 compiler from the Python package index');
  const prefix = outputOf(path.join(root, 'scripts', 'cuda-toolkit.sh'), []);
  if (prefix === null)
    throw new SetupError(
      'expected a CUDA compiler, found none, and the package index gave none',
      'install the CUDA toolkit 13, or put its folder into FETTLE_CUDA_HOME; scripts/cuda-toolkit.sh says what went wrong',
    );
  return prefix.split('\n').at(-1);
}
