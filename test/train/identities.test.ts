/** What must not change the result: how rows are packed, how often gradients are added up, what is recomputed. */
import { expect, test } from 'vitest';
import { microBatches } from '../../src/data/micro-batches.ts';
import { type LoadModelOptions, loadModel } from '../../src/model/load.ts';
import type { ActivationCheckpointing, NativeModel } from '../../src/native/types.ts';
import { familyFolder, tokensRows } from './small-run.ts';

const families = ['smollm2', 'llama31', 'mistral', 'qwen2', 'qwen3', 'gemma2', 'gemma3_text', 'phi3'];
const rows = tokensRows(8, 5);
const scale = 1 / 100;
const reference = { quantization: 'none', compute_dtype: 'f32' } as const;
const fast = { quantization: 'nf4', compute_dtype: 'bf16' } as const;

interface Pass {
  losses: number[];
  grads: Float32Array;
}

/** One optimizer step's gradients; B gets values, since A has no gradient while B is zero. */
async function gradients(native: NativeModel, budget: number): Promise<Pass> {
  native.zeroGrad();
  const order: number[] = [];
  for (const { positions, batch } of microBatches(rows, budget)) {
    await native.forwardBackward(batch, { loss_scale: scale, seed: 7, step: 3 });
    order.push(...positions);
  }
  const { loss_sum } = await native.losses();
  const losses = rows.map((_, row) => loss_sum[order.indexOf(row)]!);
  const grads = new Float32Array(native.trainableSize);
  await native.readTrainables('grad', grads);
  return { losses, grads };
}

async function tinyModel(family: string, lora_dropout: number, precision: LoadModelOptions = reference): Promise<NativeModel> {
  const { native } = await loadModel(familyFolder(family), precision);
  native.addLora({ r: 4, lora_alpha: 8, lora_dropout, use_rslora: false, target_modules: linears(native), seed: 1 });
  const params = new Float32Array(native.trainableSize);
  await native.readTrainables('param', params);
  for (const { name, shape, offset } of native.trainables()) {
    if (!name.includes('lora_B')) continue;
    for (let i = 0; i < shape[0]! * shape[1]!; i++) params[offset + i] = Math.sin(i) / 10;
  }
  await native.writeTrainables('param', params);
  return native;
}

function linears(native: NativeModel): string[] {
  const parts = native.parameters().filter(({ linear }) => linear);
  return [...new Set(parts.map(({ name }) => name.split('.').at(-2)!))];
}

/** Norm of the difference over the norm. */
function relative(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    norm += a[i]! ** 2;
  }
  return Math.sqrt(difference / norm);
}

test.each(families)('%s: packed = unpacked, and 8 x 1 = 1 x 8, with dropout too', async (family) => {
  for (const dropout of [0, 0.2]) {
    const native = await tinyModel(family, dropout);
    const [one, eight, some] = [await gradients(native, 100000), await gradients(native, 1), await gradients(native, 40)];
    for (const other of [eight, some]) {
      expect(relative(one.losses, other.losses)).toBeLessThan(1e-6);
      expect(relative(one.grads, other.grads)).toBeLessThan(1e-6);
    }
    expect(relative(one.grads, new Float32Array(one.grads.length))).toBe(1);
    native.free();
  }
});

test.each(families)('%s: what is recomputed has the same bits as what was kept', async (family) => {
  for (const precision of [reference, fast]) {
    const native = await tinyModel(family, 0.1, precision);
    const pass = async (mode: ActivationCheckpointing) => {
      native.setActivationCheckpointing(mode);
      return gradients(native, 60);
    };
    const kept = await pass('none');
    for (const mode of ['selective', 'full'] as const) expect(await pass(mode)).toEqual(kept);
    native.free();
  }
});
