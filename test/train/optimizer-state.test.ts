/** Optimizers whose moments take 8 bits: their curve, their state in a checkpoint, a run that is resumed. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { microBatches } from '../../src/data/micro-batches.ts';
import { loadModel } from '../../src/model/load.ts';
import { readSafetensorsHeader } from '../../src/model/safetensors.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import { type OpTensor, runOp } from '../../src/native/ops.ts';
import type { NativeModel, Optimizer } from '../../src/native/types.ts';
import { finetune } from '../../src/train/finetune.ts';
import { adapterFile, familyFolder, sha256, smallConfig, tokensRows } from './small-run.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Of its four kinds of matrices three have more than 4096 values, k_proj's B has fewer. */
const lora = { r: 72, lora_alpha: 8, lora_dropout: 0, use_rslora: false, target_modules: ['k_proj', 'down_proj'], seed: 1 };
const adamw = { learning_rate: 2e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.01, max_grad_norm: 1 };

interface Curve {
  losses: number[];
  params: Float32Array;
}

async function curve(optimizer: Optimizer, device = 'cpu', steps = 20): Promise<Curve> {
  using loaded = await loadModel(familyFolder('llama31'), { device, quantization: 'none', compute_dtype: 'f32' });
  const { native } = loaded;
  native.setOptimizer(optimizer);
  native.addLora(lora);
  const losses: number[] = [];
  for (let step = 1; step <= steps; step++) losses.push(await oneStep(native, step));
  const params = new Float32Array(native.trainableSize);
  await native.readTrainables('param', params);
  return { losses, params };
}

async function oneStep(native: NativeModel, step: number): Promise<number> {
  native.zeroGrad();
  const { batch } = [...microBatches(tokensRows(4, step % 3), 200)][0]!;
  await native.forwardBackward(batch, { loss_scale: 1 / 40, seed: 1, step });
  const { loss_sum } = await native.optimizerStep({ ...adamw, step });
  return loss_sum.reduce((sum, loss) => sum + loss, 0);
}

/** The same steps, each update made op by op with the oracle from gradients that the engine gives: fp32 moments below 4096 values. */
async function referenceCurve(steps = 20): Promise<Curve> {
  using loaded = await loadModel(familyFolder('llama31'), { device: 'cpu', quantization: 'none', compute_dtype: 'f32' });
  const { native } = loaded;
  native.addLora(lora);
  const vector = (n: number): OpTensor => ({ data: new Float32Array(n), dtype: 'f32', shape: [n] });
  const codes = (n: number): OpTensor => ({ data: new Uint8Array(n), dtype: 'u8', shape: [n] });
  const states = native.trainables().map(({ shape }) => {
    const n = shape[0]! * shape[1]!;
    const blocks = Math.ceil(n / 256);
    return n < 4096
      ? { exp_avg: vector(n), exp_avg_sq: vector(n) }
      : { exp_avg: codes(n), exp_avg_sq: codes(n), absmax: vector(blocks), absmax_sq: vector(blocks) };
  });
  const losses: number[] = [];
  const params = new Float32Array(native.trainableSize);
  for (let step = 1; step <= steps; step++) {
    await native.readTrainables('param', params);
    const before = params.slice();
    losses.push(await oneStep(native, step)); // with an update of its own, which is taken back
    const grads = new Float32Array(native.trainableSize);
    await native.readTrainables('grad', grads);
    const norm = Math.sqrt(grads.reduce((sum, g) => sum + g * g, 0));
    const grad_scale: OpTensor = { data: Float32Array.of(Math.min(1, 1 / (norm + 1e-6))), dtype: 'f32', shape: [1] };
    for (const [i, { shape, offset }] of native.trainables().entries()) {
      const n = shape[0]! * shape[1]!;
      const part = (all: Float32Array): OpTensor => ({ data: all.subarray(offset, offset + n), dtype: 'f32', shape: [n] });
      const { max_grad_norm: _, ...hyper } = adamw;
      const args = { param: part(before), grad: part(grads), ...states[i], grad_scale, ...hyper, step };
      runOp(n < 4096 ? 'adamw' : 'adamw_8bit', args, 'scalar');
    }
    await native.writeTrainables('param', before);
  }
  await native.readTrainables('param', params);
  return { losses, params };
}

test('adamw_8bit follows 20 steps of bitsandbytes, small tensors in fp32', async () => {
  const [ours, reference, exact] = [await curve('adamw_8bit'), await referenceCurve(), await curve('adamw')];
  for (const [step, loss] of ours.losses.entries()) expect(Math.abs(loss / reference.losses[step]! - 1)).toBeLessThan(1e-4);
  expect(ours.losses[19]).not.toBe(exact.losses[19]);
  expect(Math.abs(ours.losses[19]! / exact.losses[19]! - 1)).toBeLessThan(0.02);
  expect(ours.losses[19]).toBeLessThan(ours.losses[0]!);
});

const devices = ['cpu', ...(nativeAddon().deviceReport('simt').built ? ['simt'] : [])];
test.each(devices)('paged moments change no bit: %s', { timeout: 120_000 }, async (device) => {
  expect(await curve('paged_adamw_8bit', device, 3)).toEqual(await curve('adamw_8bit', device, 3));
});

test('the optimizer cannot change once it has state', async () => {
  using loaded = await loadModel(familyFolder('smollm2'));
  loaded.native.addLora(lora);
  loaded.native.reserve(64);
  expect(() => loaded.native.setOptimizer('adamw_8bit')).toThrow(/cannot change once it has state/);
});

test.each(['adamw_8bit', 'paged_adamw_8bit'] as const)(
  '%s: a run that was stopped and resumed has the bits of one that was not',
  async (optimizer) => {
    const folder = temporaryFolder();
    const config = (name: string) =>
      smallConfig(join(folder, name), { method: { r: 72 }, train: { optimizer, epochs: 1, save_steps: 3 }, family: 'llama31' });
    for await (const _ of finetune(config('whole')));
    const stop = new AbortController();
    for await (const event of finetune(config('parts'), { signal: stop.signal }))
      if (event.type === 'step' && event.step === 4) stop.abort();
    const checkpoint = join(folder, 'parts', 'run', 'checkpoints', 'step-4', 'optimizer.safetensors');
    const { tensors } = await readSafetensorsHeader(checkpoint);
    expect(new Set([...tensors.values()].map(({ dtype }) => dtype))).toEqual(new Set(['U8', 'F32']));
    for await (const _ of finetune(config('parts'), { resume: true }));
    expect(sha256(adapterFile(join(folder, 'parts')))).toBe(sha256(adapterFile(join(folder, 'whole'))));
  },
);
