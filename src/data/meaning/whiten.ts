/**
 * The states of a language model all point about the same way, with a few directions that dwarf the others. Whitened ones do not: centred, and
 * multiplied by the inverse of the Cholesky factor of their covariance, so that cosines are those of (C + lambda I)^-1/2 x.
 */
import { normalize, type Vectors } from '../clusters/vectors.ts';

/** lambda as a share of the mean variance: directions with less say little but noise. */
const ridge = 3;

/** Unit vectors; zero stays zero. */
export function whiten({ size, dimensions: d, data }: Vectors): Vectors {
  const centred = withoutMean(data, size, d);
  const factor = cholesky(covariance(centred, size, d), d);
  for (let i = 0; i < size; i++) {
    const x = centred.subarray(i * d, (i + 1) * d);
    if (data.subarray(i * d, (i + 1) * d).every((value) => value === 0)) x.fill(0);
    for (let r = 0; r < d; r++) {
      let sum = x[r]!;
      for (let c = 0; c < r; c++) sum -= factor[r * d + c]! * x[c]!;
      x[r] = sum / factor[r * d + r]!;
    }
    normalize(x);
  }
  return { size, dimensions: d, data: centred };
}

function withoutMean(data: Float32Array, size: number, d: number): Float32Array {
  const mean = new Float64Array(d);
  for (let i = 0; i < size * d; i++) mean[i % d]! += data[i]! / size;
  return data.map((value, i) => value - mean[i % d]!);
}

/** [d, d], the lower half, with lambda on the diagonal. */
function covariance(data: Float32Array, size: number, d: number): Float64Array {
  const c = new Float64Array(d * d);
  for (let i = 0; i < size; i++) {
    const x = data.subarray(i * d, (i + 1) * d);
    for (let r = 0; r < d; r++) for (let k = 0, factor = x[r]!; k <= r; k++) c[r * d + k]! += factor * x[k]!;
  }
  let trace = 0;
  for (let r = 0; r < d; r++) trace += c[r * d + r]!;
  const lambda = Math.max((ridge * trace) / d, Number.MIN_VALUE);
  for (let r = 0; r < d; r++) c[r * d + r]! += lambda;
  return c;
}

/** The lower factor L of a positive definite matrix, c = L L^T. */
function cholesky(c: Float64Array, d: number): Float64Array {
  for (let r = 0; r < d; r++) {
    for (let k = 0; k <= r; k++) {
      let sum = c[r * d + k]!;
      for (let j = 0; j < k; j++) sum -= c[r * d + j]! * c[k * d + j]!;
      c[r * d + k] = k < r ? sum / c[k * d + k]! : Math.sqrt(Math.max(sum, Number.MIN_VALUE));
    }
  }
  return c;
}
