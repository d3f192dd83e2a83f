/** What a file of `bench/ops` gives: calls of one op, and the tensors to make them with. */
import { type DType, type OpTensor, runOp } from '../native/ops.ts';

export interface OpCase {
  /** After the op's name: types and sizes. */
  label: string;
  op: string;
  args: Record<string, OpTensor | number | undefined>;
}

/** The default export of `bench/ops/<op>.bench.ts`. */
export type OpCases = (tensors: OpTensors) => OpCase[];

type Activation = 'f32' | 'bf16';

/** Tensors of numbers that are neither all alike nor special. */
export class OpTensors {
  /** A matrix of values between -1 and 1. */
  matrix(dtype: Activation, rows: number, cols: number): OpTensor {
    const value = (i: number) => ((i * 7919) % 509) / 254.5 - 1;
    const floats = Float32Array.from({ length: rows * cols }, (_, i) => value(i));
    if (dtype === 'f32') return { data: floats, dtype, shape: [rows, cols] };
    const bits = new Uint32Array(floats.buffer);
    return { data: Uint16Array.from(bits, (word) => word >>> 16), dtype, shape: [rows, cols] };
  }

  vector(n: number): OpTensor {
    return { ...this.matrix('f32', 1, n), shape: [n] };
  }

  empty(dtype: Exclude<DType, 'nf4'>, n: number): OpTensor {
    const Kinds = { f32: Float32Array, f64: Float64Array, bf16: Uint16Array, i32: Int32Array, u32: Uint32Array, u8: Uint8Array };
    return { data: new Kinds[dtype](n), dtype, shape: [n] };
  }

  ints(values: Iterable<number>): OpTensor {
    const data = Int32Array.from(values);
    return { data, dtype: 'i32', shape: [data.length] };
  }

  /** A weight as it lies in the engine: NF4, its scales quantized too. */
  nf4(rows: number, cols: number): OpTensor {
    const blocks = Math.ceil((rows * cols) / 64);
    const packed = this.empty('u8', Math.ceil((rows * cols) / 2));
    const absmax = this.empty('f32', blocks);
    runOp('nf4_quantize', { x: this.matrix('bf16', rows, cols), packed, absmax });
    const codes = this.empty('u8', blocks);
    const absmax2 = this.empty('f32', Math.ceil(blocks / 256));
    const offset = this.empty('f32', 1);
    runOp('nf4_quantize_scales', { absmax, codes, absmax2, offset });
    const scales = { codes: codes.data as Uint8Array, absmax2: absmax2.data as Float32Array, offset: offset.data[0]! };
    return { data: packed.data, dtype: 'nf4', shape: [rows, cols], nf4: scales };
  }
}
