/** Quantizing a weight to NF4, its scales too, and back. */
import type { OpCases } from '../../src/bench/op-cases.ts';

const [rows, cols] = [2048, 2048];

const nf4: OpCases = (t) => {
  const x = t.matrix('bf16', rows, cols);
  const blocks = (rows * cols) / 64;
  const absmax = t.vector(blocks);
  const scales = { codes: t.empty('u8', blocks), absmax2: t.empty('f32', blocks / 256), offset: t.empty('f32', 1) };
  return [
    { op: 'nf4_quantize', label: `${rows} x ${cols}`, args: { x, packed: t.empty('u8', (rows * cols) / 2), absmax } },
    { op: 'nf4_quantize_scales', label: `${blocks}`, args: { absmax, ...scales } },
    { op: 'nf4_dequantize', label: `to bf16 ${rows} x ${cols}`, args: { w: t.nf4(rows, cols), y: x } },
  ];
};

export default nf4;
