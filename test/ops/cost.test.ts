import { expect, test } from 'vitest';
import { type OpTensor, opCost } from '../../src/native/ops.ts';
import { empty, indices, zeros } from './support.ts';

test.each([
  { queries: [5, 3], keys: [5, 3], window: 0 },
  { queries: [5, 3, 40], keys: [5, 3, 40], window: 4 },
  { queries: [1], keys: [17], window: 0 },
  { queries: [3], keys: [17], window: 4 },
  { queries: [3, 2], keys: [5, 9], window: 4 },
  { queries: [4], keys: [6], window: 6 },
])('attention counts the pairs it looks at: %o', ({ queries, keys, window }) => {
  const [heads, head_dim] = [2, 8];
  const sum = (list: number[]) => list.reduce((a, b) => a + b, 0);
  const ends = (list: number[]) => list.map((_, i) => sum(list.slice(0, i + 1)));
  const [T, Tk] = [sum(queries), sum(keys)];
  const q = () => zeros('bf16', T, heads * head_dim);
  const k = () => zeros('bf16', Tk, heads * head_dim);
  const lists = { cu_q: indices([0, ...ends(queries)]), k_start: indices([0, ...ends(keys).slice(0, -1)]), k_len: indices(keys) };
  const cost = opCost('attention_forward', { q: q(), k: k(), v: k(), o: q(), ...lists, heads, kv_heads: heads, head_dim, window });
  let pairs = 0;
  for (const [s, n] of queries.entries()) {
    for (let i = 0; i < n; i++) {
      const seen = keys[s]! - n + i + 1;
      pairs += window > 0 ? Math.min(window, seen) : seen;
    }
  }
  expect(cost.flops).toBe(4 * pairs * heads * head_dim);
});

test('a linear counts its products, those of the adapter too, and each weight once', () => {
  const [M, N, K, R] = [7, 128, 256, 4];
  const packed: OpTensor = { ...empty('u8', (N * K) / 2), dtype: 'nf4', shape: [N, K] };
  const w: OpTensor = {
    ...packed,
    nf4: { codes: new Uint8Array((N * K) / 64), absmax2: new Float32Array(Math.ceil((N * K) / 64 / 256)), offset: 0 },
  };
  const x = zeros('bf16', M, K);
  const y = zeros('bf16', M, N);
  const plain = opCost('linear_forward', { x, w, y });
  expect(plain).toMatchObject({ flops: 2 * M * N * K, products: 'bf16', shape: [M, N, K] });
  expect((plain.bytes - 2 * M * (K + N)) / (N * K)).toBeCloseTo(0.516, 3);
  const adapted = opCost('linear_forward', { x, w, y, lora_s: zeros('bf16', M, R), lora_b: zeros('bf16', N, R) });
  expect(adapted.flops - plain.flops).toBe(2 * M * N * R);
});

test('an op without products counts bytes only, and what is absent counts nothing', () => {
  const x = zeros('f32', 4, 64);
  const norm = { x, gamma: empty('f32', 64), y: zeros('f32', 4, 64) };
  expect(opCost('rms_norm_forward', norm)).toMatchObject({ flops: 0, bytes: 2 * 4 * 64 * 4 });
  expect(opCost('rms_norm_forward', { ...norm, rstd: zeros('f32', 4, 1) }).bytes).toBe(2 * 4 * 64 * 4 + 16);
});
