/** The trainable values and the optimizer's state, in and out of safetensors files. */

import { writeDurably } from '../atomic-file.ts';
import { FettleError } from '../errors.ts';
import type { NameInFile } from '../export/result-writer.ts';
import { elements, streamSafetensors, type TensorToWrite } from '../export/safetensors-stream.ts';
import { openTensorFile, type TensorFile } from '../export/tensor-file.ts';
import type { NativeModel, OptimizerPart } from '../native/types.ts';

/** As PyTorch writes it; some loaders refuse a file without it. */
const metadata = { format: 'pt' };

/**
 * Saves the trained values as fp32.
 * @throws FettleError FETTLE_NON_FINITE when a value is NaN or infinite: such a state is never saved. FETTLE_NO_SPACE, FETTLE_PERMISSION
 */
export async function saveParameters(native: NativeModel, path: string, nameInFile: NameInFile): Promise<void> {
  const infos = native.trainables();
  const buffer = new Float32Array(Math.max(0, ...infos.map(({ shape }) => elements(shape))));
  const tensors = infos.map((info): TensorToWrite => {
    const [name, shape] = [nameInFile(info.name), info.shape];
    const pieces = async function* () {
      const values = buffer.subarray(0, elements(shape));
      await native.readTrainables('param', values, info.offset);
      expectFinite(name, values);
      yield values;
    };
    return { name, shape, pieces };
  });
  await writeDurably(path, (file) => streamSafetensors(file, tensors, metadata));
}

/** Saves the optimizer's state bit for bit, under the names that the engine has for its parts. */
export async function saveOptimizer(native: NativeModel, path: string): Promise<void> {
  const tensors = native.optimizerState().map((part): TensorToWrite => {
    const pieces = async function* () {
      const values = roomFor(part);
      await native.readOptimizerState(part.name, values);
      yield values;
    };
    return { ...part, pieces };
  });
  await writeDurably(path, (file) => streamSafetensors(file, tensors, metadata));
}

function roomFor({ dtype, shape }: OptimizerPart): Float32Array | Uint8Array {
  return dtype === 'f32' ? new Float32Array(elements(shape)) : new Uint8Array(elements(shape));
}

/** Loads what {@link saveParameters} wrote. */
export async function loadParameters(native: NativeModel, path: string, nameInFile: NameInFile): Promise<void> {
  await withTensors(path, async (file) => {
    for (const { name, shape, offset } of native.trainables()) {
      expectTensor(file, { name: nameInFile(name), shape });
      await native.writeTrainables('param', await file.read(nameInFile(name)), offset);
    }
  });
}

/** Loads what {@link saveOptimizer} wrote. */
export async function loadOptimizer(native: NativeModel, path: string): Promise<void> {
  await withTensors(path, async (file) => {
    for (const part of native.optimizerState()) {
      expectTensor(file, part);
      const bytes = await file.readBytes(part.name);
      await native.writeOptimizerState(part.name, part.dtype === 'f32' ? new Float32Array(bytes.buffer) : bytes);
    }
  });
}

function expectFinite(name: string, values: Float32Array): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad === -1) return;
  throw new FettleError('FETTLE_NON_FINITE', `expected finite weights to save, found ${values[bad]} in ${name}`, {
    hint: 'lower the learning rate; the last good checkpoint is untouched',
  });
}

async function withTensors(path: string, use: (file: TensorFile) => Promise<void>): Promise<void> {
  const file = await openTensorFile(path);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}

function expectTensor({ path, tensors }: TensorFile, { name, shape, dtype }: Omit<OptimizerPart, 'dtype'> & Partial<OptimizerPart>): void {
  const stored = tensors.get(name);
  const wanted = dtype === undefined ? '' : `${dtype.toUpperCase()} `;
  const found = stored && `${dtype === undefined ? '' : `${stored.dtype} `}[${stored.shape.join(', ')}]`;
  const expected = `${wanted}[${shape.join(', ')}]`;
  if (found !== expected) throw new FettleError('FETTLE_RESUME', `expected ${name} as ${expected} in ${path}, found ${found ?? 'none'}`);
}
