import { expect, test } from 'vitest';
import { loadModel } from '../../src/model/load.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import { familyFolder } from '../train/small-run.ts';

const ids = Int32Array.from({ length: 32 }, (_, i) => (i * 7) % 50);
const batch = { input_ids: ids, cu_seqlens: Int32Array.of(0, 32), labels: ids };

test('a model of random weights has the size of a loaded one, the same bits for the same seed, and even odds for every token', async () => {
  using loaded = await loadModel(familyFolder('llama31'), { device: 'cpu', quantization: 'nf4' });
  const { config } = loaded.source;
  const logitsOf = async (first: number) => {
    const native = nativeAddon().createModel(config, { device: 'cpu', compute_dtype: 'bf16', quantization: 'nf4' });
    for (const [i, { name, shape }] of native.parameters().entries()) {
      await native.load(name, { random: { seed: first + i, mean: shape.length === 1 ? 1 : 0, std: shape.length === 1 ? 0 : 0.02 } });
    }
    native.finishLoading();
    expect(native.memory().weights).toBe(loaded.native.memory().weights);
    const { loss_sum } = await native.evaluate(batch);
    expect(loss_sum[0]! / 31 / Math.log(config.vocab_size)).toBeCloseTo(1, 1);
    const logits = await native.logits(batch);
    native.free();
    return logits;
  };
  expect(await logitsOf(1)).toEqual(await logitsOf(1));
  expect(await logitsOf(1)).not.toEqual(await logitsOf(1000));
});

test('dense random weights have the deviation that was asked for', async () => {
  using loaded = await loadModel(familyFolder('llama31'), { device: 'cpu', quantization: 'none', compute_dtype: 'f32' });
  const { config } = loaded.source;
  const native = nativeAddon().createModel(config, { device: 'cpu', compute_dtype: 'f32', quantization: 'none' });
  const { name, shape } = native.parameters().find(({ linear }) => linear)!;
  for (const parameter of native.parameters()) await native.load(parameter.name, { random: { seed: 3, mean: 0.5, std: 0.25 } });
  native.finishLoading();
  native.trainAll();
  const { offset } = native.trainables().find((trainable) => trainable.name === name)!;
  const values = new Float32Array(shape[0]! * shape[1]!);
  await native.readTrainables('param', values, offset);
  native.free();
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  expect(mean).toBeCloseTo(0.5, 1);
  expect(Math.sqrt(variance)).toBeCloseTo(0.25, 1);
});
