/** Operands for measurements on a device: made fast, however large. */
import type { OpTensor } from '../../native/ops.ts';

/** Normal numbers of both signs around 1, of mixed bits: a matrix unit that multiplies equal numbers draws less power than in a real run. */
export function bf16(rows: number, cols: number): OpTensor {
  const pattern = (i: number) => 0x3e00 | ((i * 0x9e37) & 0x81ff);
  return { data: repeated(new Uint16Array(rows * cols), pattern), dtype: 'bf16', shape: [rows, cols] };
}

export function f32(rows: number, cols: number): OpTensor {
  return { data: new Float32Array(rows * cols), dtype: 'f32', shape: [rows, cols] };
}

/** Weights as they lie in the engine: packed, with doubly quantized scales. */
export function nf4(rows: number, cols: number): OpTensor {
  const blocks = (rows * cols) / 64;
  const data = repeated(new Uint8Array((rows * cols) / 2), (i) => (i * 89) & 0xff);
  const scales = {
    codes: repeated(new Uint8Array(blocks), (i) => (i * 37) & 0xff),
    absmax2: new Float32Array(Math.ceil(blocks / 256)).fill(0.01),
    offset: 0.05,
  };
  return { data, dtype: 'nf4', shape: [rows, cols], nf4: scales };
}

/** `array`, its first numbers from `pattern`, the others repeated from those. */
function repeated<T extends Uint8Array | Uint16Array>(array: T, pattern: (i: number) => number): T {
  let made = Math.min(array.length, 4093);
  for (let i = 0; i < made; i++) array[i] = pattern(i);
  for (; made < array.length; made *= 2) array.copyWithin(made, 0, Math.min(made, array.length - made));
  return array;
}
