/** Mean states, by what follows from them: the head is linear, so it makes of them the mean of the logits. */
import { expect, test } from 'vitest';
import { loadModel } from '../../src/model/load.ts';
import { readTensors } from './read-tensors.ts';

const root = new URL('../fixtures/families/', import.meta.url).pathname;

// Families without a cap on the logits.
test.each(['llama2', 'llama31', 'qwen3', 'gemma3_text'])(
  '%s: the head makes the mean logits of transformers of the mean states',
  async (family) => {
    using loaded = await loadModel(root + family, { device: 'cpu', quantization: 'none', compute_dtype: 'f32' });
    const { hidden_size, vocab_size, num_layers } = loaded.source.config;
    const reference = readTensors(`${root}${family}/reference.safetensors`);
    const input_ids = reference.get('input_ids')!.data as Int32Array;
    const cu_seqlens = reference.get('cu_seqlens')!.data as Int32Array;
    const logits = reference.get('logits')!.data as Float32Array;
    const weights = readTensors(`${root}${family}/model.safetensors`);
    const head = (weights.get('lm_head.weight') ?? weights.get('model.embed_tokens.weight'))!.data as Float32Array;
    const states = await loaded.native.meanHidden({ input_ids, cu_seqlens }, num_layers);
    expect(states).toHaveLength((cu_seqlens.length - 1) * hidden_size);
    for (let s = 0; s + 1 < cu_seqlens.length; s++) {
      const [first, end] = [cu_seqlens[s]!, cu_seqlens[s + 1]!];
      for (const v of [0, 1, vocab_size >> 1, vocab_size - 1]) {
        let made = 0;
        for (let c = 0; c < hidden_size; c++) made += states[s * hidden_size + c]! * head[v * hidden_size + c]!;
        let mean = 0;
        for (let t = first; t < end; t++) mean += logits[t * vocab_size + v]! / (end - first);
        expect(made).toBeCloseTo(mean, 3);
      }
    }
  },
);

test('fewer layers give other states, which a longer batch does not change; a depth that the model lacks is refused', async () => {
  using loaded = await loadModel(`${root}llama31`, { device: 'cpu', quantization: 'none', compute_dtype: 'f32' });
  const { native } = loaded;
  const { hidden_size, num_layers } = loaded.source.config;
  const ids = Int32Array.from({ length: 40 }, (_, i) => (i * 37 + 11) % 90);
  const alone = { input_ids: ids.slice(0, 9), cu_seqlens: Int32Array.of(0, 9) };
  const first = await native.meanHidden(alone, 1);
  expect(await native.meanHidden(alone, num_layers)).not.toEqual(first);
  const together = await native.meanHidden({ input_ids: ids, cu_seqlens: Int32Array.of(0, 9, 40) }, 1);
  for (const [c, x] of together.subarray(0, hidden_size).entries()) expect(x).toBeCloseTo(first[c]!, 5);
  for (const depth of [0, num_layers + 1])
    await expect(native.meanHidden(alone, depth)).rejects.toMatchObject({ code: 'FETTLE_INVALID_ARGUMENT' });
});
