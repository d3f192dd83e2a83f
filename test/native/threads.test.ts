/** The engine in worker threads. Each test is a process of its own that must end by itself. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { familyFolder } from '../train/small-run.ts';

const run = promisify(execFile);
const source = (path: string) => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);

/** Trains LoRA on a small model for some steps; `losses` are those of each step. */
const train = `
  import { loadModel } from ${source('model/load.ts')};
  const model = await loadModel(${JSON.stringify(familyFolder('llama31'))}, { quantization: 'nf4', compute_dtype: 'bf16' });
  model.native.addLora({ r: 4, lora_alpha: 8, lora_dropout: 0.1, use_rslora: false, target_modules: ['q_proj', 'down_proj'], seed: 1 });
  const input_ids = Int32Array.from({ length: 48 }, (_, i) => (i * 7) % 90);
  const batch = { input_ids, cu_seqlens: Int32Array.of(0, 20, 48), labels: input_ids, row_ids: Uint32Array.of(0, 1) };
  async function trainSteps(count) {
    const losses = [];
    for (let step = 1; step <= count; step++) {
      model.native.zeroGrad();
      await model.native.forwardBackward(batch, { loss_scale: 1 / 46, seed: 3, step });
      const adamw = { learning_rate: 1e-2, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0, max_grad_norm: null };
      const { loss_sum } = await model.native.optimizerStep({ ...adamw, step });
      losses.push(loss_sum[0] + loss_sum[1]);
    }
    return losses;
  }
`;

/** Runs a program of ES module text; resolves to what it prints once it has ended by itself. */
async function runProgram(text: string, env: Record<string, string> = {}): Promise<string> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', text], { timeout: 30_000, env: { ...process.env, ...env } });
  return stdout;
}

const worker = (text: string) =>
  `new Worker(new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(text)}`)}), { execArgv: [] })`;

test('a process that trained ends by itself, without a GPU in sight and without a CUDA library', async () => {
  const text = `${train}
    const losses = await trainSteps(3);
    const libraries = process.report.getReport().sharedObjects.filter((file) => /(cuda|nvidia)[^/]*$/i.test(file));
    console.log(JSON.stringify({ falls: losses[2] < losses[0], libraries }));
  `;
  const stdout = await runProgram(text, { CUDA_VISIBLE_DEVICES: '', NVIDIA_VISIBLE_DEVICES: 'none' });
  expect(JSON.parse(stdout)).toEqual({ falls: true, libraries: [] });
});

test('two worker threads train at once, and both get the losses of a thread alone, bit for bit', async () => {
  const work = `import { parentPort } from 'node:worker_threads'; ${train} parentPort.postMessage(await trainSteps(25));`;
  const text = `
    import { Worker } from 'node:worker_threads';
    import { once } from 'node:events';
    ${train}
    const workers = [${worker(work)}, ${worker(work)}];
    const [[first], [second]] = await Promise.all(workers.map((each) => once(each, 'message')));
    console.log(JSON.stringify([await trainSteps(25), first, second]));
  `;
  const [alone, first, second] = JSON.parse(await runProgram(text)) as number[][];
  expect(alone).toHaveLength(25);
  expect(alone![24]).toBeLessThan(alone![0]!);
  expect(first).toEqual(alone);
  expect(second).toEqual(alone);
});

test('a worker that is ended in the middle of engine work takes nothing down, and the next one works', async () => {
  const busy = `import { parentPort } from 'node:worker_threads'; ${train} parentPort.postMessage('busy'); await trainSteps(1e6);`;
  const brief = `import { parentPort } from 'node:worker_threads'; ${train} parentPort.postMessage(await trainSteps(2));`;
  const text = `
    import { Worker } from 'node:worker_threads';
    import { once } from 'node:events';
    for (let i = 0; i < 4; i++) {
      const busy = ${worker(busy)};
      await once(busy, 'message');
      await new Promise((resolve) => setTimeout(resolve, 5 * i));
      await busy.terminate();
    }
    const [losses] = await once(${worker(brief)}, 'message');
    console.log(losses.length);
  `;
  expect(await runProgram(text)).toBe('2\n');
});
