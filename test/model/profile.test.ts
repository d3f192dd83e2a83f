import { expect, test } from 'vitest';
import { loadModel } from '../../src/model/load.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import type { NativeModel } from '../../src/native/types.ts';
import { familyFolder } from '../train/small-run.ts';

const lora = { r: 4, lora_alpha: 8, lora_dropout: 0, use_rslora: false, target_modules: ['q_proj', 'down_proj'], seed: 1 };
const ids = Int32Array.from({ length: 48 }, (_, i) => i % 50);
const batch = { input_ids: ids, cu_seqlens: Int32Array.of(0, 20, 48), labels: ids };

async function step(native: NativeModel): Promise<Float32Array> {
  native.zeroGrad();
  await native.forwardBackward(batch, { loss_scale: 1, seed: 1, step: 1 });
  const grads = new Float32Array(native.trainableSize);
  await native.readTrainables('grad', grads);
  return grads;
}

test('a profile names every op of a step with its calls and flops, and changes no bit', async () => {
  using loaded = await loadModel(familyFolder('smollm2'), { device: 'cpu', quantization: 'nf4' });
  const { native, source } = loaded;
  native.addLora(lora);
  expect(native.takeProfile()).toEqual([]);
  const before = await step(native);
  expect(native.takeProfile(), 'nothing is measured while it is off').toEqual([]);

  native.setProfiling(true);
  expect(await step(native)).toEqual(before);
  const profile = native.takeProfile();
  native.setProfiling(false);
  await step(native);
  expect(native.takeProfile()).toEqual([]);

  const known = nativeAddon().opNames();
  const { num_layers, num_heads, head_dim } = source.config;
  const of = (op: string) => profile.filter((timing) => timing.op === op);
  for (const { op, calls, seconds } of profile) {
    expect(known).toContain(op);
    expect(calls).toBeGreaterThan(0);
    expect(seconds).toBeGreaterThan(0);
  }
  const pairs = (20 * 21) / 2 + (28 * 29) / 2;
  expect(of('attention_forward')).toMatchObject([{ calls: num_layers, flops: num_layers * 4 * pairs * num_heads * head_dim }]);
  expect(of('adamw')).toEqual([]);
  expect(new Set(profile.map(({ op, products, shape }) => [op, products, ...shape].join())).size).toBe(profile.length);
});
