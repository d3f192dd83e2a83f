/** One product on the emulated device: where its tuning lies, and the bits of the result, which tell in how many parts the sum was made. */
import { createHash } from 'node:crypto';
import { nativeAddon } from '../../src/native/addon.ts';
import { type OpTensor, runOp } from '../../src/native/ops.ts';

/** Numbers of many sizes: sums depend on their order. */
function bf16(rows: number, cols: number, seed: number): OpTensor {
  const data = Uint16Array.from({ length: rows * cols }, (_, i) => 0x3000 | ((i * seed) & 0x8fff));
  return { data, dtype: 'bf16', shape: [rows, cols] };
}

const [m, n, k] = [70, 64, 1024];
const y = new Float32Array(m * n);
runOp('linear_forward', { x: bf16(m, k, 7919), w: bf16(n, k, 104_729), y: { data: y, dtype: 'f32', shape: [m, n] } }, 'simt');
const file = nativeAddon().deviceReport('simt').devices[0]!.tuning_file;
process.stdout.write(JSON.stringify({ file, bits: createHash('sha256').update(y).digest('hex') }));
