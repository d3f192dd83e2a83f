import { describe, expect, test } from 'vitest';
import { loadModel } from '../../src/model/load.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import type { Batch, NativeModel } from '../../src/native/types.ts';
import { device } from '../ops/support.ts';

const root = new URL('../fixtures/families/', import.meta.url).pathname;
const built = nativeAddon().deviceReport(device === 'simt' ? 'simt' : 'cuda').built;
const families = ['llama31', 'mistral', 'qwen3', 'gemma3_text'];
const steps = 5;

/** Three sequences of unlike length, the first tokens of each not trained. */
function batch(): Batch {
  const lengths = [21, 5, 34];
  const cu = new Int32Array(lengths.length + 1);
  for (const [i, n] of lengths.entries()) cu[i + 1] = cu[i]! + n;
  const ids = Int32Array.from({ length: cu.at(-1)! }, (_, i) => (i * 37 + 11) % 90);
  return { input_ids: ids, cu_seqlens: cu, labels: ids.map((id, i) => (i % 3 === 0 ? -100 : id)) };
}

/** B starts at zero, where A has no gradient: every number of it gets a small value, so that the first step compares all gradients. */
async function fillB(native: NativeModel): Promise<void> {
  for (const { name, shape, offset } of native.trainables()) {
    if (!name.endsWith('lora_B.weight')) continue;
    const values = Float32Array.from({ length: shape[0]! * shape[1]! }, (_, i) => 0.02 * Math.sin(7 * i + offset));
    await native.writeTrainables('param', values, offset);
  }
}

interface Run {
  losses: number[];
  gradients: Float32Array;
}

async function train(family: string, where: string, checkpointing: 'none' | 'selective' | 'full' = 'none', dropout = 0): Promise<Run> {
  using loaded = await loadModel(root + family, { device: where, quantization: 'nf4', compute_dtype: 'bf16' });
  const { native } = loaded;
  native.addLora({ r: 8, lora_alpha: 16, lora_dropout: dropout, use_rslora: false, target_modules: modulesOf(native), seed: 3 });
  native.setActivationCheckpointing(checkpointing);
  await fillB(native);
  const b = batch();
  const run: Run = { losses: [], gradients: new Float32Array(native.trainableSize) };
  for (let step = 1; step <= steps; step++) {
    native.zeroGrad();
    await native.forwardBackward(b, { loss_scale: 1 / 40, seed: 5, step });
    if (step === 1) await native.readTrainables('grad', run.gradients);
    const adamw = { learning_rate: 5e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.01, max_grad_norm: null };
    const { loss_sum, supervised } = await native.optimizerStep({ ...adamw, step });
    run.losses.push(loss_sum.reduce((x, y) => x + y, 0) / supervised.reduce((x, y) => x + y, 0));
  }
  return run;
}

const modulesOf = (native: NativeModel) => [
  ...new Set(
    native
      .parameters()
      .filter((p) => p.linear && p.name.endsWith('.weight'))
      .map((p) => p.name.split('.').at(-2)!),
  ),
];

/** Norm of the difference as a share of the norm. */
function distance(a: Float32Array, b: Float32Array): number {
  let difference = 0;
  let norm = 0;
  for (const [i, x] of a.entries()) {
    difference += (x - b[i]!) ** 2;
    norm += b[i]! ** 2;
  }
  return Math.sqrt(difference / norm);
}

describe.skipIf(!built)(`training on ${device}`, () => {
  test.each(families)('%s learns as it does on the CPU', { timeout: 300_000 }, async (family) => {
    const [here, cpu] = [await train(family, device), await train(family, 'cpu')];
    for (const [i, loss] of here.losses.entries())
      expect(Math.abs(loss - cpu.losses[i]!) / cpu.losses[i]!, `step ${i + 1}`).toBeLessThan(0.01);
    expect(here.losses.at(-1)).toBeLessThan(here.losses[0]!);
    expect(distance(here.gradients, cpu.gradients), 'gradients at the same weights').toBeLessThan(2e-2);
  });

  test('recomputed activations give the same bits, and so does a second run', { timeout: 300_000 }, async () => {
    const none = await train('llama31', device, 'none', 0.1);
    for (const mode of ['none', 'selective', 'full'] as const) expect(await train('llama31', device, mode, 0.1), mode).toEqual(none);
  });

  test('mean states are those of the CPU', { timeout: 300_000 }, async () => {
    const states = await Promise.all(
      [device, 'cpu'].map(async (where) => {
        using loaded = await loadModel(`${root}llama31`, { device: where, quantization: 'nf4', compute_dtype: 'bf16' });
        return loaded.native.meanHidden(batch(), 1);
      }),
    );
    expect(distance(states[0]!, states[1]!)).toBeLessThan(2e-2);
  });

  test('generates what the CPU does', { timeout: 300_000 }, async () => {
    const logits = await Promise.all(
      [device, 'cpu'].map(async (where) => {
        using loaded = await loadModel(`${root}llama31`, { device: where, quantization: 'nf4', compute_dtype: 'bf16' });
        return loaded.native.logits(batch());
      }),
    );
    expect(distance(logits[0]!, logits[1]!)).toBeLessThan(2e-2);
  });
});
