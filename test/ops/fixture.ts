import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readSafetensorsHeader } from '../../src/model/safetensors.ts';
import type { OpTensor } from '../../src/native/ops.ts';

/** What bitsandbytes made of a tensor: test/fixtures/bnb-nf4/README.md. */
export class Fixture {
  private readonly tensors: Map<string, OpTensor>;
  private constructor(tensors: Map<string, OpTensor>) {
    this.tensors = tensors;
  }
  static async read(name: string): Promise<Fixture> {
    const file = fileURLToPath(new URL(`../fixtures/bnb-nf4/${name}.safetensors`, import.meta.url));
    const bytes = await readFile(file);
    const tensors = new Map<string, OpTensor>();
    for (const [key, entry] of (await readSafetensorsHeader(file)).tensors) {
      const buffer = Uint8Array.from(bytes.subarray(entry.offset, entry.offset + entry.bytes)).buffer;
      if (entry.dtype === 'F32') tensors.set(key, { data: new Float32Array(buffer), dtype: 'f32', shape: entry.shape });
      else if (entry.dtype === 'BF16') tensors.set(key, { data: new Uint16Array(buffer), dtype: 'bf16', shape: entry.shape });
      else tensors.set(key, { data: new Uint8Array(buffer), dtype: 'u8', shape: [entry.bytes] });
    }
    return new Fixture(tensors);
  }
  get(key: string): OpTensor {
    const t = this.tensors.get(key);
    if (!t) throw new Error(`the fixture has no ${key}`);
    return t;
  }
  get shape(): [number, number] {
    return this.get('input').shape as [number, number];
  }
}
