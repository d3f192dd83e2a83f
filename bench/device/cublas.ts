/** The engine's own bf16 product against cuBLASLt's, where that library is found. */

import { bf16 } from '../../src/bench/device/tensors.ts';
import { tuneCase, type Way } from '../../src/bench/device/tune.ts';
import { tuningCases } from '../../src/bench/device/tuning-cases.ts';
import type { ShapeName } from '../../src/bench/shapes.ts';

export interface CublasRow {
  shape: string;
  /** Of the fastest own configuration. */
  own: Way;
  /** null where cuBLASLt is not found, or cannot do it. */
  cublas: Way | null;
}

/** y = x w^T, once for each size of the model's weights. */
export function againstCublas(shape: ShapeName, tokens: number, device: string, gpu: string, runs: number): CublasRow[] {
  return tuningCases([shape], [tokens], 16)
    .filter(({ op, weights }) => op === 'linear_forward' && weights === 'nf4')
    .map(({ op, rows, columns }) => {
      const args = () => ({ x: bf16(tokens, columns), w: bf16(rows, columns), y: bf16(tokens, rows) });
      const { ways } = tuneCase({ op, weights: 'bf16', tokens, rows, columns, args }, device, gpu, runs);
      const of = (cublas: boolean) => ways.find(({ kind }) => (kind === 'cuBLASLt') === cublas);
      return { shape: `${tokens} x ${rows} x ${columns}`, own: of(false)!, cublas: of(true) ?? null };
    });
}
