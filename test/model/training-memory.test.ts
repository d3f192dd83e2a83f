import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { microBatches } from '../../src/data/micro-batches.ts';
import { type LoadModelOptions, loadModel } from '../../src/model/load.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import type { LoraOptions, NativeModel } from '../../src/native/types.ts';
import { familyFolder, tokensRows } from '../train/small-run.ts';

const families = readdirSync(familyFolder('.'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const precisions: LoadModelOptions[] = [
  { device: 'cpu', quantization: 'nf4', compute_dtype: 'bf16' },
  { device: 'cpu', quantization: 'none', compute_dtype: 'f32' },
];
const modes = ['none', 'selective', 'full'] as const;

function everyLinear(native: NativeModel, lora_dropout: number): LoraOptions {
  const linears = native.parameters().filter(({ linear }) => linear);
  const target_modules = [...new Set(linears.map(({ name }) => name.split('.').at(-2)!))];
  return { r: 4, lora_alpha: 8, lora_dropout, use_rslora: false, target_modules, seed: 1 };
}

test.each(families)('%s: the engine takes what it says beforehand', async (family) => {
  for (const [number, precision] of precisions.entries()) {
    const optimizer = (['adamw_8bit', 'adamw'] as const)[number]!;
    using loaded = await loadModel(familyFolder(family), precision);
    const { native } = loaded;
    const lora = everyLinear(native, precision.quantization === 'nf4' ? 0.1 : 0);
    const predicted = modes.map((activation_checkpointing) =>
      native.trainingMemory({ tokens: 200, activation_checkpointing, optimizer, lora, stored_bf16: false }),
    );
    native.setOptimizer(optimizer);
    native.addLora(lora);
    const values = native.trainables().reduce((sum, { shape }) => sum + shape[0]! * shape[1]!, 0);
    const copies = precision.compute_dtype === 'bf16' ? 2 * values : 0;
    for (const [i, mode] of modes.entries()) {
      native.setActivationCheckpointing(mode);
      native.reserve(200);
      const { weights, activations, trainables } = native.memory();
      expect(predicted[i]).toMatchObject({ weights, activations, trainables: trainables! + copies });
    }
  }
});

test('weights that are not loaded yet count as they will be, those that full training replaces do not', async () => {
  for (const precision of precisions) {
    using loaded = await loadModel(familyFolder('llama31'), precision);
    const { compute_dtype, quantization } = precision as Required<LoadModelOptions>;
    const unloaded = nativeAddon().createModel(loaded.source.config, { device: 'cpu', compute_dtype, quantization });
    const request = {
      tokens: 64,
      activation_checkpointing: 'none',
      optimizer: 'adamw',
      lora: everyLinear(unloaded, 0),
      stored_bf16: false,
    } as const;
    expect(unloaded.trainingMemory(request).weights).toBe(loaded.native.memory().weights);
    unloaded.free();
    if (quantization === 'nf4') continue;
    const full = loaded.native.trainingMemory({ ...request, lora: null });
    loaded.native.trainAll();
    loaded.native.reserve(64);
    expect(full).toMatchObject({ weights: loaded.native.memory().weights, trainables: loaded.native.memory().trainables });
  }
});

test.each(modes)('with memory reserved, neither steps nor evaluations take a block (%s)', async (mode) => {
  using loaded = await loadModel(familyFolder('smollm2'), precisions[0]);
  const { native } = loaded;
  native.addLora(everyLinear(native, 0.1));
  native.setActivationCheckpointing(mode);
  native.reserve(64);
  const rows = tokensRows(12);
  const step = async (number: number) => {
    native.zeroGrad();
    for (const { batch } of microBatches(rows, number * 16)) await native.forwardBackward(batch, { loss_scale: 1, seed: 1, step: number });
    const adamw = { learning_rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0, max_grad_norm: 1 };
    await native.optimizerStep({ ...adamw, step: number });
    for (const { batch } of microBatches(rows, 64)) await native.evaluate(batch);
  };
  const before = nativeAddon().blocksTaken();
  for (const number of [2, 1, 3, 4]) await step(number);
  expect(nativeAddon().blocksTaken() - before).toBe(0);
  native.reserve(256);
  expect(nativeAddon().blocksTaken() - before, 'a larger one does').toBeGreaterThan(0);
});

test('evaluation between two steps changes no bit of the second', async () => {
  const gradients = async (evaluate: boolean) => {
    using loaded = await loadModel(familyFolder('qwen3'), precisions[0]);
    const { native } = loaded;
    native.addLora(everyLinear(native, 0));
    const { batch } = [...microBatches(tokensRows(4), 128)][0]!;
    for (const step of [1, 2]) {
      native.zeroGrad();
      await native.forwardBackward(batch, { loss_scale: 1, seed: 1, step });
      if (evaluate) await native.evaluate(batch);
    }
    const grads = new Float32Array(native.trainableSize);
    await native.readTrainables('grad', grads);
    return grads;
  };
  expect(await gradients(true)).toEqual(await gradients(false));
});
