/** PEFT's own adapters on every family: they load, give PEFT's logits, and come back from our writer unchanged. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { attachAdapter, readAdapter } from '../../src/export/peft-reader.ts';
import { peftWriter } from '../../src/export/peft-writer.ts';
import { openTensorFile } from '../../src/export/tensor-file.ts';
import { loadModel } from '../../src/model/load.ts';
import { readSafetensorsHeader } from '../../src/model/safetensors.ts';
import type { NativeModel } from '../../src/native/types.ts';
import { saveParameters } from '../../src/train/trainable-file.ts';
import { familyFolder } from '../train/small-run.ts';
import { temporaryFolder } from '../train/temporary-folder.ts';

const families = [
  'llama2',
  'llama31',
  'llama_linear',
  'llama_yarn',
  'smollm2',
  'mistral',
  'qwen2',
  'qwen3',
  'gemma2',
  'gemma3_text',
  'phi3',
];

async function reference(family: string): Promise<{ input_ids: Int32Array; cu_seqlens: Int32Array; lora_logits: Float32Array }> {
  const path = join(familyFolder(family), 'reference.safetensors');
  const { tensors } = await readSafetensorsHeader(path);
  const bytes = readFileSync(path);
  const view = (name: string) => {
    const { offset, bytes: length } = tensors.get(name)!;
    return bytes.buffer.slice(bytes.byteOffset + offset, bytes.byteOffset + offset + length) as ArrayBuffer;
  };
  return {
    input_ids: new Int32Array(view('input_ids')),
    cu_seqlens: new Int32Array(view('cu_seqlens')),
    lora_logits: new Float32Array(view('lora_logits')),
  };
}

async function load(family: string): Promise<NativeModel> {
  return (await loadModel(familyFolder(family), { quantization: 'none', compute_dtype: 'f32' })).native;
}

/** Largest difference, relative to the largest logit. */
function worst(a: Float32Array, b: Float32Array): number {
  const scale = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0) / scale;
}

test.each(families)('%s', async (family) => {
  const path = join(familyFolder(family), 'adapter');
  const { lora_logits, ...batch } = await reference(family);
  const native = await load(family);
  const adapter = await readAdapter(path);
  await attachAdapter(native, adapter, { purpose: 'use' });
  const logits = await native.logits(batch);
  expect(worst(logits, lora_logits)).toBeLessThan(1e-4);

  const { r, lora_alpha, use_rslora } = adapter.config;
  const target_modules = [...new Set(native.trainables().map(({ name }) => name.split('.').at(-3)!))];
  const origin = {
    base: { name: family, hash: '' },
    quantization: 'none',
    compute_dtype: 'f32',
    tokenizer_hash: null,
    chat_template_hash: null,
  } as const;
  const writer = peftWriter({
    lora: { r, lora_alpha, use_rslora, lora_dropout: 0, target_modules },
    base_model: family,
    origin,
    settings: {},
  });
  const copy = temporaryFolder();
  await writer.write(copy, { step: 1, eval_loss: null }, (file) => saveParameters(native, file, writer.nameInFile));
  const [ours, theirs] = [await openTensorFile(join(copy, writer.weightsFile)), await openTensorFile(join(path, writer.weightsFile))];
  expect([...ours.tensors.keys()].sort()).toEqual([...theirs.tensors.keys()].sort());
  for (const name of theirs.tensors.keys()) expect(await ours.read(name)).toEqual(await theirs.read(name));
  await ours.close();
  await theirs.close();

  const again = await load(family);
  await attachAdapter(again, await readAdapter(copy), { purpose: 'use' });
  expect(await again.logits(batch)).toEqual(logits);
  again.free();
  native.free();
});

test('the adapter of another family is an error', async () => {
  const native = await load('qwen2');
  await expect(attachAdapter(native, await readAdapter(join(familyFolder('gemma2'), 'adapter')), { purpose: 'use' })).rejects.toMatchObject(
    {
      code: 'FETTLE_ADAPTER',
    },
  );
  expect(native.trainables()).toEqual([]);
  native.free();
});
