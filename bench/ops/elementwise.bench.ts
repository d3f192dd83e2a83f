/** The residual's sum, and rounding to bf16 and back. */
import type { OpCases } from '../../src/bench/op-cases.ts';

const elementwise: OpCases = (t) => {
  const [a, b, y] = [1, 2, 3].map(() => t.matrix('bf16', 2048, 576));
  const f32 = t.matrix('f32', 2048, 576);
  return [
    { op: 'add', label: 'bf16 2048 x 576', args: { a: a!, b: b!, y: y! } },
    { op: 'cast', label: 'f32 to bf16 2048 x 576', args: { x: f32, y: y! } },
    { op: 'cast', label: 'bf16 to f32 2048 x 576', args: { x: a!, y: f32 } },
  ];
};

export default elementwise;
