/** Adapters on some layers only: as PEFT writes them (`layers_to_transform`, whole names, exclusions), and as we train them. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeDurably } from '../../src/atomic-file.ts';
import { attachAdapter, readAdapter } from '../../src/export/peft-reader.ts';
import { streamSafetensors } from '../../src/export/safetensors-stream.ts';
import { inLayers, shortestTargets } from '../../src/export/target-modules.ts';
import { openTensorFile } from '../../src/export/tensor-file.ts';
import { loadModel } from '../../src/model/load.ts';
import { finetune } from '../../src/train/finetune.ts';
import { collect } from '../train/fake-job.ts';
import { familyFolder, smallConfig } from '../train/small-run.ts';
import { temporaryFolder } from '../train/temporary-folder.ts';

const family = familyFolder('smollm2');
const batch = { input_ids: Int32Array.from({ length: 12 }, (_, i) => 5 * i), cu_seqlens: Int32Array.of(0, 12) };
const ofLayer = (layer: number) => (name: string) => name.includes(`.layers.${layer}.`);

/** A copy of PEFT's own adapter with other settings, and tensors changed (to null: left out). */
async function adapterWith(settings: Record<string, unknown>, change: (name: string, values: Float32Array) => Float32Array | null) {
  const path = temporaryFolder();
  cpSync(join(family, 'adapter'), path, { recursive: true });
  const config = join(path, 'adapter_config.json');
  writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(config, 'utf8')), ...settings }));
  const weights = join(path, 'adapter_model.safetensors');
  const file = await openTensorFile(weights);
  const tensors: { name: string; shape: number[]; pieces: () => Float32Array[] }[] = [];
  for (const [name, { shape }] of file.tensors) {
    const values = change(name, await file.read(name));
    if (values !== null) tensors.push({ name, shape: [...shape], pieces: () => [values] });
  }
  await file.close();
  await writeDurably(weights, (target) => streamSafetensors(target, tensors, {}));
  return path;
}

async function logitsWith(adapter: string): Promise<Float32Array> {
  using model = await loadModel(family, { quantization: 'none', compute_dtype: 'f32' });
  await attachAdapter(model.native, await readAdapter(adapter), { purpose: 'use' });
  return model.native.logits(batch);
}

const onlyLayer1 = (name: string, values: Float32Array) => (ofLayer(1)(name) ? values : null);
const { target_modules } = JSON.parse(readFileSync(join(family, 'adapter', 'adapter_config.json'), 'utf8')) as { target_modules: string[] };
const wholeNames = target_modules.map(
  (name) => `model.layers.1.${/_proj$/.test(name) && /^[qkvo]_/.test(name) ? 'self_attn' : 'mlp'}.${name}`,
);

test.each<[string, Record<string, unknown>]>([
  ['layers_to_transform', { layers_to_transform: [1] }],
  ['layers_to_transform as a number, with a pattern', { layers_to_transform: 1, layers_pattern: 'layers' }],
  ['whole names', { target_modules: wholeNames }],
  ['a regular expression', { target_modules: '.*layers\\.1\\..*_proj' }],
  ['exclude_modules', { exclude_modules: '.*layers\\.[02]\\..*' }],
])('%s: the logits of the whole adapter whose other layers do nothing', async (_, settings) => {
  const silenced = await adapterWith({}, (name, values) => (ofLayer(1)(name) || name.includes('lora_A') ? values : values.fill(0)));
  expect(await logitsWith(await adapterWith(settings, onlyLayer1))).toEqual(await logitsWith(silenced));
});

test('a tensor of a layer that is not listed finds no place', async () => {
  const path = await adapterWith({ layers_to_transform: [1] }, (_, values) => values);
  await expect(logitsWith(path)).rejects.toMatchObject({ code: 'FETTLE_ADAPTER', message: expect.stringContaining('finds no place') });
});

test('layers that the model does not have are an error', async () => {
  const path = await adapterWith({ layers_to_transform: [77] }, onlyLayer1);
  await expect(logitsWith(path)).rejects.toMatchObject({ code: 'FETTLE_ADAPTER' });
});

test('target_modules of a config may name some layers; the adapter says so and is a valid start', async () => {
  const folder = temporaryFolder();
  const wanted = ['layers.0.self_attn.q_proj', 'model.layers.1.mlp.down_proj', 'v_proj'];
  await collect(finetune(smallConfig(folder, { train: { max_steps: 3 }, method: { target_modules: wanted } })));
  const adapter = join(folder, 'run', 'adapter');
  const config = JSON.parse(readFileSync(join(adapter, 'adapter_config.json'), 'utf8'));
  expect(config.target_modules).toEqual(['model.layers.0.self_attn.q_proj', 'model.layers.1.mlp.down_proj', 'v_proj']);
  const next = temporaryFolder();
  const events = await collect(
    finetune({
      ...smallConfig(next, { train: { max_steps: 2 } }),
      method: { init_adapter: adapter },
    }),
  );
  expect(events.at(-1)).toMatchObject({ type: 'done', step: 2 });
});

test('the shortest list of targets, and the layers of names', () => {
  const modules = ['model.layers.0.a', 'model.layers.0.b', 'model.layers.1.a', 'model.layers.1.b', 'model.layers.10.a'];
  expect(shortestTargets(modules, modules)).toEqual(['a', 'b']);
  expect(shortestTargets(modules, ['model.layers.0.b', 'model.layers.1.b', 'model.layers.10.a'])).toEqual(['b', 'model.layers.10.a']);
  expect(inLayers(modules, [1], [])).toEqual(['model.layers.1.a', 'model.layers.1.b']);
  expect(inLayers(modules, [0, 10], ['layers'])).toEqual(['model.layers.0.a', 'model.layers.0.b', 'model.layers.10.a']);
  expect(inLayers(modules, [0], ['blocks'])).toEqual([]);
});
