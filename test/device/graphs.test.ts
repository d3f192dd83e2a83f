/** Captured passes: replayed with other batches, seeds and scales they give the bits of passes that are started op by op. */
import { afterEach, describe, expect, test } from 'vitest';
import { microBatches } from '../../src/data/micro-batches.ts';
import { loadModel } from '../../src/model/load.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import { device } from '../ops/support.ts';
import { familyFolder, tokensRows } from '../train/small-run.ts';

const built = nativeAddon().deviceReport(device === 'simt' ? 'simt' : 'cuda').built;
const before = process.env.FETTLE_CUDA_GRAPHS;
afterEach(() => {
  delete process.env.FETTLE_CUDA_SYNC;
  if (before === undefined) delete process.env.FETTLE_CUDA_GRAPHS;
  else process.env.FETTLE_CUDA_GRAPHS = before;
});

interface Steps {
  losses: number[][];
  norms: number[];
  params: Float32Array;
  launches: number;
}

/** Steps of unlike rows, learning rates and seeds; `between` is called after each. */
async function steps(graphs: boolean, method: 'lora' | 'full', family = 'llama31'): Promise<Steps> {
  process.env.FETTLE_CUDA_GRAPHS = graphs ? '1' : '0';
  using loaded = await loadModel(familyFolder(family), { device, quantization: method === 'lora' ? 'nf4' : 'none' });
  const { native } = loaded;
  if (method === 'full') native.trainAll();
  else {
    const target_modules = ['q_proj', 'down_proj'];
    native.addLora({ r: 4, lora_alpha: 8, lora_dropout: 0.2, use_rslora: false, target_modules, seed: 1 });
  }
  native.reserve(64);
  const made: Steps = { losses: [], norms: [], params: new Float32Array(native.trainableSize), launches: 0 };
  for (let step = 1; step <= 5; step++) {
    native.zeroGrad();
    const rows = tokensRows(3 + (step % 2), step);
    for (const { batch } of microBatches(rows, 64))
      await native.forwardBackward(batch, { loss_scale: 1 / (20 + step), seed: step * 7, step });
    const adamw = { learning_rate: 1e-2 / step, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.01, max_grad_norm: 0.5 };
    const { loss_sum, grad_norm } = await native.optimizerStep({ ...adamw, step });
    made.losses.push([...loss_sum]);
    made.norms.push(grad_norm);
    if (step === 3) native.reserve(128); // everything moves
  }
  await native.readTrainables('param', made.params);
  made.launches = native.graphLaunches;
  return made;
}

/** Where the environment turns graphs off, the device has none: a simulator of PTX. */
describe.skipIf(!built || before === '0')(`graphs on ${device}`, () => {
  test.each(['lora', 'full'] as const)('%s: the same bits as without, over batches of one bucket', { timeout: 300_000 }, async (method) => {
    const [with_graphs, without] = [await steps(true, method), await steps(false, method)];
    expect(with_graphs.launches).toBeGreaterThan(4);
    expect({ ...with_graphs, launches: 0 }).toEqual(without);
    expect(new Set(with_graphs.losses.flat()).size).toBeGreaterThan(10);
  });

  test('FETTLE_CUDA_SYNC=1 waits for every op, so there are no graphs', { timeout: 300_000 }, async () => {
    process.env.FETTLE_CUDA_SYNC = '1';
    expect((await steps(true, 'lora')).launches).toBe(0);
  });

  test('a profile looks at single ops', { timeout: 300_000 }, async () => {
    using loaded = await loadModel(familyFolder('llama31'), { device, quantization: 'nf4' });
    const { native } = loaded;
    native.addLora({ r: 4, lora_alpha: 8, lora_dropout: 0, use_rslora: false, target_modules: ['q_proj'], seed: 1 });
    native.setProfiling(true);
    const { batch } = [...microBatches(tokensRows(2), 64)][0]!;
    const calls = async () => {
      await native.forwardBackward(batch, { loss_scale: 1, seed: 1, step: 1 });
      return native.takeProfile().map(({ op, calls }) => [op, calls]);
    };
    const first = await calls();
    expect(await calls()).toEqual(first);
    expect(await calls()).toEqual(first);
    expect(native.graphLaunches).toBe(0);
  });
});
