/** The products of a model's training step and generation, as `fettle bench --tune` measures them. */
import type { OpTensor } from '../../native/ops.ts';
import { decoderOf, type ShapeName } from '../shapes.ts';
import { bf16, f32, nf4 } from './tensors.ts';

/** One product: `rows` x `columns` is its weight matrix, or the gradient that it adds to. */
export interface TuningCase {
  op: 'linear_forward' | 'linear_backward_input' | 'linear_backward_weight';
  weights: 'nf4' | 'bf16';
  tokens: number;
  rows: number;
  columns: number;
  /** Made when it is measured: the operands of all together would not fit. */
  args: () => Record<string, OpTensor | number>;
}

/** Every product of these models once; `r` is the rank of their adapters. Backward ones only from 64 tokens on, as training has. */
export function tuningCases(shapes: readonly ShapeName[], tokens: readonly number[], r: number): TuningCase[] {
  const cases = shapes
    .flatMap(linearsOf)
    .flatMap(([n, k]) => tokens.flatMap((m) => [...forward(m, n, k, r), ...(m < 64 ? [] : backward(m, n, k, r))]));
  return [...new Map(cases.map((one) => [`${one.op} ${one.weights} ${one.tokens} ${one.rows} ${one.columns}`, one])).values()];
}

/** [rows, columns] of a layer's weights. */
function linearsOf(shape: ShapeName): [rows: number, columns: number][] {
  const { hidden_size, intermediate_size, num_heads, num_kv_heads, head_dim } = decoderOf(shape);
  return [
    [num_heads * head_dim, hidden_size],
    [num_kv_heads * head_dim, hidden_size],
    [hidden_size, num_heads * head_dim],
    [intermediate_size, hidden_size],
    [hidden_size, intermediate_size],
  ];
}

function forward(m: number, n: number, k: number, r: number): TuningCase[] {
  const adapted = () => ({ x: bf16(m, k), w: nf4(n, k), lora_s: bf16(m, r), lora_b: bf16(n, r), y: bf16(m, n) });
  const down = () => ({ x: bf16(m, k), w: bf16(r, k), y: bf16(m, r) });
  return [
    { op: 'linear_forward', weights: 'nf4', tokens: m, rows: n, columns: k, args: adapted },
    { op: 'linear_forward', weights: 'bf16', tokens: m, rows: r, columns: k, args: down },
  ];
}

function backward(m: number, n: number, k: number, r: number): TuningCase[] {
  const adapted = () => ({ dy: bf16(m, n), w: nf4(n, k), lora_ds: bf16(m, r), lora_a: bf16(r, k), dx: bf16(m, k) });
  const up = () => ({ dy: bf16(m, n), w: bf16(n, r), dx: bf16(m, r) });
  const gradientA = () => ({ dy: bf16(m, r), x: bf16(m, k), dw: f32(r, k) });
  const gradientB = () => ({ dy: bf16(m, n), x: bf16(m, r), dw: f32(n, r) });
  return [
    { op: 'linear_backward_input', weights: 'nf4', tokens: m, rows: n, columns: k, args: adapted },
    { op: 'linear_backward_input', weights: 'bf16', tokens: m, rows: n, columns: r, args: up },
    { op: 'linear_backward_weight', weights: 'bf16', tokens: m, rows: r, columns: k, args: gradientA },
    { op: 'linear_backward_weight', weights: 'bf16', tokens: m, rows: n, columns: r, args: gradientB },
  ];
}
