/** Optimizers whose moments take 8 bits: their curve, their state in a checkpoint, a run that is resumed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { microBatches } from '../../src/data/micro-batches.ts';
import { loadModel } from '../../src/model/load.ts';
import { readSafetensorsHeader } from '../../src/model/safetensors.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import type { Optimizer } from '../../src/native/types.ts';
import { finetune } from '../../src/train/finetune.ts';
import { adapterFile, familyFolder, sha256, smallConfig, tokensRows } from './small-run.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Of its four kinds of matrices three have more than 4096 values, k_proj's B has fewer. */
const lora = { r: 72, lora_alpha: 144, lora_dropout: 0, use_rslora: false, target_modules: ['k_proj', 'down_proj'], seed: 1 };
const adamw = { learning_rate: 2e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0, max_grad_norm: null };

const golden = JSON.parse(readFileSync(new URL('../fixtures/adamw8bit-curve.json', import.meta.url), 'utf8')) as Record<
  'adamw' | 'adamw_8bit',
  number[]
>;

interface Curve {
  /** Mean over the step's supervised tokens. */
  losses: number[];
  params: Float32Array;
}

/** The steps of scripts/fixtures/adamw_8bit_curve.py. */
async function curve(optimizer: Optimizer, device = 'cpu', steps = 20): Promise<Curve> {
  using loaded = await loadModel(familyFolder('llama31'), { device, quantization: 'none', compute_dtype: 'f32' });
  const { native } = loaded;
  native.setOptimizer(optimizer);
  native.addLora(lora);
  for (const { name, shape, offset } of native.trainables()) {
    if (name.endsWith('lora_A.weight'))
      await native.writeTrainables(
        'param',
        Float32Array.from({ length: shape[0]! * shape[1]! }, (_, i) => 0.1 * Math.sin(7 * i + 1)),
        offset,
      );
  }
  const losses: number[] = [];
  for (let step = 1; step <= steps; step++) {
    const rows = tokensRows(4, step % 3);
    const supervised = rows.flatMap(({ labels }) => labels.slice(1)).filter((label) => label !== -100).length;
    native.zeroGrad();
    for (const { batch } of microBatches(rows, 200)) await native.forwardBackward(batch, { loss_scale: 1 / supervised, seed: 1, step });
    const { loss_sum } = await native.optimizerStep({ ...adamw, step });
    losses.push(loss_sum.reduce((sum, loss) => sum + loss, 0) / supervised);
  }
  const params = new Float32Array(native.trainableSize);
  await native.readTrainables('param', params);
  return { losses, params };
}

const apart = (losses: number[], expected: number[]) => Math.max(...losses.map((loss, step) => Math.abs(loss / expected[step]! - 1)));

test('20 steps of adamw_8bit have the losses of bitsandbytes, those of adamw of PyTorch', async () => {
  const { losses } = await curve('adamw_8bit');
  expect(apart(losses, golden.adamw_8bit)).toBeLessThan(5e-4);
  expect(apart((await curve('adamw')).losses, golden.adamw)).toBeLessThan(2e-5);
  expect(apart(losses, golden.adamw), 'the moments are rounded').toBeGreaterThan(1e-5);
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
