/** `node bench/ops/linear.bench.ts`: the NF4 linear, forward and input gradient, at SmolLM2-135M's shapes and larger ones. */
import { cpus } from 'node:os';
import { Bench } from 'tinybench';
import { nativeAddon } from '../../src/native/addon.ts';
import { type OpTensor, runOp } from '../../src/native/ops.ts';

/** [M tokens, N out, K in] */
const shapes = [
  [2048, 576, 576],
  [2048, 1536, 576],
  [2048, 576, 1536],
  [512, 2048, 2048],
  [512, 8192, 2048],
] as const;

function bf16(rows: number, cols: number): OpTensor {
  const data = Uint16Array.from({ length: rows * cols }, (_, i) => 0x3c00 + ((i * 7919) % 512));
  return { data, dtype: 'bf16', shape: [rows, cols] };
}

function nf4(rows: number, cols: number): OpTensor {
  const packed: OpTensor = { data: new Uint8Array((rows * cols) / 2), dtype: 'u8', shape: [(rows * cols) / 2] };
  const absmax: OpTensor = { data: new Float32Array((rows * cols) / 64), dtype: 'f32', shape: [(rows * cols) / 64] };
  runOp('nf4_quantize', { x: bf16(rows, cols), packed, absmax });
  return { data: packed.data, dtype: 'nf4', shape: [rows, cols], nf4: { absmax: absmax.data as Float32Array } };
}

const { isa, threads } = nativeAddon().cpuInfo();
console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${isa}, ${threads} threads`);
const bench = new Bench({ time: 500, warmupTime: 100 });
const flops = new Map<string, number>();
for (const [m, n, k] of shapes) {
  const w = nf4(n, k);
  const x = bf16(m, k);
  const y = bf16(m, n);
  for (const [name, run] of [
    [`forward ${m} x ${n} x ${k}`, () => runOp('linear_forward', { x, w, y })],
    [`dX ${m} x ${n} x ${k}`, () => runOp('linear_backward_input', { dy: y, w, dx: x })],
  ] as const) {
    flops.set(name, 2 * m * n * k);
    bench.add(name, run);
  }
}
await bench.run();
console.table(
  bench.tasks.map((task) => {
    const result = task.result;
    if (!('latency' in result)) return { name: task.name, 'GFLOP/s': 'failed' };
    const rate = (ms: number) => Math.round(flops.get(task.name)! / ms / 1e6);
    return { name: task.name, 'GFLOP/s min': rate(result.latency.max), median: rate(result.latency.p50), max: rate(result.latency.min) };
  }),
);
