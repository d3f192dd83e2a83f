import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadModel } from '../../src/model/load.ts';
import { readTensors } from './read-tensors.ts';

const model = new URL('../../../shared/models/smollm2-135m-instruct-q4_1.gguf', import.meta.url).pathname;
const skip = !existsSync(model);
const name = skip ? ' (skipped: the real model is not beside the checkout)' : '';
const reference = readTensors(new URL('../fixtures/smollm2/reference.safetensors', import.meta.url).pathname);
const vocab = 49_152;

const ints = (key: string) => reference.get(key)!.data as Int32Array;

function argmax(row: Float32Array): number {
  let best = 0;
  for (const [i, v] of row.entries()) if (v > row[best]!) best = i;
  return best;
}

test.skipIf(skip)(`SmolLM2-135M: fp32 logits are those of transformers${name}`, async () => {
  using loaded = await loadModel(model, { device: 'cpu', quantization: 'none', compute_dtype: 'f32' });
  for (const i of [0, 1, 2]) {
    const ids = ints(`prompt.${i}.input_ids`);
    const logits = await loaded.native.logits({ input_ids: ids, cu_seqlens: Int32Array.of(0, ids.length) });
    const last = logits.subarray((ids.length - 4) * vocab);
    const want = reference.get(`prompt.${i}.last_logits`)!.data as Float32Array;
    let worst = 0;
    for (const [j, w] of want.entries()) worst = Math.max(worst, Math.abs(last[j]! - w));
    const scale = want.reduce((m, w) => Math.max(m, Math.abs(w)), 0);
    expect(worst / scale).toBeLessThan(1e-3);
  }
});

test.skipIf(skip)(`SmolLM2-135M: bf16 has fp32's argmax wherever the first two are 0.1 apart${name}`, async () => {
  using loaded = await loadModel(model, { device: 'cpu', quantization: 'none', compute_dtype: 'bf16' });
  for (const i of [0, 1, 2]) {
    const ids = ints(`prompt.${i}.input_ids`);
    const logits = await loaded.native.logits({ input_ids: ids, cu_seqlens: Int32Array.of(0, ids.length) });
    const want = ints(`prompt.${i}.argmax`);
    const gap = reference.get(`prompt.${i}.gap`)!.data as Float32Array;
    for (const [t, token] of want.entries()) {
      if (gap[t]! >= 0.1) expect(argmax(logits.subarray(t * vocab, (t + 1) * vocab)), `prompt ${i}, position ${t}`).toBe(token);
    }
  }
});
