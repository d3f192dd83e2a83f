/** Single ops on a device against what its memory and its matrix unit can do. */

import type { Peaks } from '../../src/bench/device/peaks.ts';
import { bf16, nf4 } from '../../src/bench/device/tensors.ts';
import { type OpTensor, opCost, timeOp } from '../../src/native/ops.ts';

export interface RooflineRow {
  op: string;
  shape: string;
  seconds: number;
  /** FLOP/s, or bytes/s where the memory is the limit. */
  rate: number;
  unit: 'TFLOP/s' | 'GB/s';
  /** rate / peak; null for a GPU whose peaks are not known. */
  share: number | null;
}

interface Case {
  op: string;
  shape: string;
  args: Record<string, OpTensor | number>;
  bound: 'compute' | 'memory';
}

/** `scale` 1 is for GPUs; smaller ones let an emulated device walk the same code. */
export function roofline(place: string, peaks: Peaks | null, { runs = 20, scale = 1 } = {}): RooflineRow[] {
  return cases(scale).map(({ op, shape, args, bound }) => {
    const seconds = timeOp(op, args, runs, place);
    const cost = opCost(op, args);
    const rate = (bound === 'compute' ? cost.flops : cost.bytes) / seconds;
    const peak = peaks === null ? null : bound === 'compute' ? peaks.bf16 : peaks.bandwidth;
    return { op, shape, seconds, rate, unit: bound === 'compute' ? 'TFLOP/s' : 'GB/s', share: peak === null ? null : rate / peak };
  });
}

const round64 = (n: number) => Math.max(64, Math.round(n / 64) * 64);

function cases(scale: number): Case[] {
  const tokens = round64(4096 * scale);
  const sizes = [2048, 4096].map((n) => round64(n * scale));
  // what an 8B model's largest weight has: more than any L2 holds
  const [rows, columns] = [round64(14_336 * scale), round64(4096 * scale)];
  const list: Case[] = [
    {
      op: 'nf4_dequantize',
      shape: `${rows} x ${columns}`,
      args: { w: nf4(rows, columns), y: bf16(rows, columns) },
      bound: 'memory',
    },
  ];
  for (const n of sizes) {
    const square = `${n} x ${n}`;
    for (const [label, w] of [
      ['bf16', bf16(n, n)],
      ['nf4', nf4(n, n)],
    ] as const) {
      list.push({
        op: 'linear_forward',
        shape: `${tokens} tokens, ${square} ${label}`,
        args: { x: bf16(tokens, n), w, y: bf16(tokens, n) },
        bound: 'compute',
      });
      list.push({
        op: 'linear_backward_input',
        shape: `${tokens} tokens, ${square} ${label}`,
        args: { dy: bf16(tokens, n), w, dx: bf16(tokens, n) },
        bound: 'compute',
      });
      list.push({ op: 'linear_forward', shape: `1 token, ${square} ${label}`, args: { x: bf16(1, n), w, y: bf16(1, n) }, bound: 'memory' });
    }
    const [x, y] = [bf16(tokens, n), bf16(tokens, n)];
    const gamma: OpTensor = { data: new Float32Array(n).fill(1), dtype: 'f32', shape: [n] };
    list.push({ op: 'rms_norm_forward', shape: `${tokens} x ${n}`, args: { x, gamma, y, eps: 1e-5 }, bound: 'memory' });
    list.push({ op: 'glu_forward', shape: `${tokens} x ${n}`, args: { gate: x, up: y, y: bf16(tokens, n) }, bound: 'memory' });
    list.push({ op: 'add', shape: `${tokens} x ${n}`, args: { a: x, b: y, y: bf16(tokens, n) }, bound: 'memory' });
  }
  return list;
}
