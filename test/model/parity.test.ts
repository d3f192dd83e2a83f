import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadModel } from '../../src/model/load.ts';
import type { Batch, NativeModel } from '../../src/native/types.ts';
import { readTensors } from './read-tensors.ts';

const root = new URL('../fixtures/families/', import.meta.url).pathname;
const families = readdirSync(root, { withFileTypes: true })
  .filter((e) => e.isDirectory())
  .map((e) => e.name);

interface Curve {
  losses: number[];
  lr: number;
  weight_decay: number;
  full_curve?: { losses: number[]; lr: number; weight_decay: number };
}

function batchOf(family: string): { batch: Batch; logits: Float32Array; loraLogits: Float32Array } {
  const r = readTensors(`${root}${family}/reference.safetensors`);
  const ints = (name: string) => r.get(name)!.data as Int32Array;
  const batch = { input_ids: ints('input_ids'), cu_seqlens: ints('cu_seqlens'), labels: ints('labels') };
  return { batch, logits: r.get('logits')!.data as Float32Array, loraLogits: r.get('lora_logits')!.data as Float32Array };
}

/** Largest difference as a share of the largest expected value. */
function relative(actual: Float32Array, expected: Float32Array): number {
  let difference = 0;
  let scale = 0;
  for (const [i, e] of expected.entries()) {
    difference = Math.max(difference, Math.abs(actual[i]! - e));
    scale = Math.max(scale, Math.abs(e));
  }
  return difference / scale;
}

async function addFixtureAdapter(native: NativeModel, family: string): Promise<void> {
  const config = JSON.parse(readFileSync(`${root}${family}/adapter/adapter_config.json`, 'utf8'));
  native.addLora({
    r: config.r,
    lora_alpha: config.lora_alpha,
    lora_dropout: 0,
    use_rslora: false,
    target_modules: config.target_modules,
    seed: 1,
  });
  const tensors = readTensors(`${root}${family}/adapter/adapter_model.safetensors`);
  for (const t of native.trainables()) {
    await native.writeTrainables('param', tensors.get(`base_model.model.${t.name}`)!.data as Float32Array, t.offset);
  }
}

async function trainStep(native: NativeModel, batch: Batch, step: number, lr: number, weight_decay: number): Promise<number> {
  const targets = await native.evaluate(batch);
  const supervised = targets.supervised.reduce((a, b) => a + b, 0);
  native.zeroGrad();
  await native.forwardBackward(batch, { loss_scale: 1 / supervised, seed: 0, step });
  const adamw = { learning_rate: lr, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay, max_grad_norm: null };
  const loss = await native.optimizerStep({ ...adamw, step });
  return loss.loss_sum.reduce((a, b) => a + b, 0) / supervised;
}

async function gradients(native: NativeModel, batch: Batch): Promise<Float32Array> {
  const all = new Float32Array(native.trainableSize);
  native.zeroGrad();
  const supervised = (await native.evaluate(batch)).supervised.reduce((a, b) => a + b, 0);
  await native.forwardBackward(batch, { loss_scale: 1 / supervised, seed: 0, step: 1 });
  await native.readTrainables('grad', all);
  return all;
}

test.each(families)('%s: logits, LoRA gradients and a 20-step loss curve equal those of transformers and PEFT', async (family) => {
  using loaded = await loadModel(root + family, { device: 'cpu', quantization: 'none', compute_dtype: 'f32' });
  const { native } = loaded;
  const { batch, logits, loraLogits } = batchOf(family);
  expect(relative(await native.logits(batch), logits), 'base logits').toBeLessThan(1e-4);

  await addFixtureAdapter(native, family);
  expect(relative(await native.logits(batch), loraLogits), 'logits with the adapter').toBeLessThan(1e-4);

  const grads = await gradients(native, batch);
  const expected = readTensors(`${root}${family}/grads.safetensors`);
  for (const t of native.trainables()) {
    const want = expected.get(`base_model.model.${t.name}`)!.data as Float32Array;
    expect(relative(grads.subarray(t.offset, t.offset + want.length), want), `gradient of ${t.name}`).toBeLessThan(1e-3);
  }

  const curve: Curve = JSON.parse(readFileSync(`${root}${family}/curve.json`, 'utf8'));
  for (const [i, want] of curve.losses.entries()) {
    const loss = await trainStep(native, batch, i + 1, curve.lr, curve.weight_decay);
    expect(Math.abs(loss - want) / want, `loss of step ${i + 1}: ${loss}, PEFT ${want}`).toBeLessThan(1e-3);
  }
});

test.each(['llama31', 'gemma2'])('%s: full fine-tuning has the gradients and the 10-step loss curve of PyTorch', async (family) => {
  using loaded = await loadModel(root + family, { device: 'cpu', quantization: 'none', compute_dtype: 'f32' });
  const { native } = loaded;
  const { batch } = batchOf(family);
  native.trainAll();
  const grads = await gradients(native, batch);
  const expected = readTensors(`${root}${family}/full_grads.safetensors`);
  for (const t of native.trainables()) {
    const want = expected.get(t.name)!.data as Float32Array;
    expect(relative(grads.subarray(t.offset, t.offset + want.length), want), `gradient of ${t.name}`).toBeLessThan(1e-3);
  }
  const curve: Curve = JSON.parse(readFileSync(`${root}${family}/curve.json`, 'utf8'));
  for (const [i, want] of curve.full_curve!.losses.entries()) {
    const loss = await trainStep(native, batch, i + 1, curve.full_curve!.lr, curve.full_curve!.weight_decay);
    expect(Math.abs(loss - want) / want, `loss of step ${i + 1}`).toBeLessThan(1e-3);
  }
});

test("bitsandbytes' pre-quantized checkpoint gives its logits", async () => {
  const folder = new URL('../fixtures/bnb-nf4/checkpoint/', import.meta.url).pathname;
  const expected = readTensors(`${folder}logits.safetensors`);
  const ids = Int32Array.from(expected.get('input_ids')!.data as BigInt64Array, Number);
  const batch = { input_ids: ids, cu_seqlens: Int32Array.of(0, 24, 48) };
  using loaded = await loadModel(`${folder}nf4`, { device: 'cpu', compute_dtype: 'f32' });
  const logits = await loaded.native.logits(batch);
  expect(relative(logits, expected.get('logits_f32')!.data as Float32Array)).toBeLessThan(1e-5);
});

test('full fine-tuning of an NF4 base is refused, and leaves the model as it was', async () => {
  using loaded = await loadModel(`${root}llama2`, { device: 'cpu', quantization: 'nf4', compute_dtype: 'f32' });
  expect(() => loaded.native.trainAll()).toThrow(expect.objectContaining({ code: 'FETTLE_INVALID_ARGUMENT' }));
  expect(loaded.native.trainableSize).toBe(0);
  await addFixtureAdapter(loaded.native, 'llama2');
});
