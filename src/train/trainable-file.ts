/** The trainable values and the optimizer's moments, in and out of safetensors files. */

import { writeDurably } from '../atomic-file.ts';
import { FettleError } from '../errors.ts';
import type { NameInFile } from '../export/result-writer.ts';
import { elements, streamSafetensors, type TensorToWrite } from '../export/safetensors-stream.ts';
import { openTensorFile } from '../export/tensor-file.ts';
import type { NativeModel, TrainableInfo, TrainableKind } from '../native/types.ts';

/** As PyTorch writes it; some loaders refuse a file without it. */
const metadata = { format: 'pt' };

/**
 * Saves the trained values as fp32.
 * @throws FettleError FETTLE_NON_FINITE when a value is NaN or infinite: such a state is never saved. FETTLE_NO_SPACE, FETTLE_PERMISSION
 */
export async function saveParameters(native: NativeModel, path: string, nameInFile: NameInFile): Promise<void> {
  const tensors = tensorsOf(native, 'param', nameInFile, expectFinite);
  await writeDurably(path, (file) => streamSafetensors(file, tensors, metadata));
}

/** Saves both moments of AdamW, as `exp_avg.<name>` and `exp_avg_sq.<name>`. */
export async function saveMoments(native: NativeModel, path: string): Promise<void> {
  const tensors = momentKinds.flatMap((kind) => tensorsOf(native, kind, (name) => `${kind}.${name}`));
  await writeDurably(path, (file) => streamSafetensors(file, tensors, metadata));
}

/** Loads what {@link saveParameters} wrote. */
export async function loadParameters(native: NativeModel, path: string, nameInFile: NameInFile): Promise<void> {
  await loadKind(native, 'param', path, nameInFile);
}

/** Loads what {@link saveMoments} wrote. */
export async function loadMoments(native: NativeModel, path: string): Promise<void> {
  for (const kind of momentKinds) await loadKind(native, kind, path, (name) => `${kind}.${name}`);
}

const momentKinds = ['exp_avg', 'exp_avg_sq'] as const;

function tensorsOf(
  native: NativeModel,
  kind: TrainableKind,
  nameInFile: NameInFile,
  check: (name: string, values: Float32Array) => void = () => {},
): TensorToWrite[] {
  const infos = native.trainables();
  const buffer = new Float32Array(Math.max(0, ...infos.map(({ shape }) => elements(shape))));
  return infos.map((info) => {
    const [name, shape] = [nameInFile(info.name), info.shape];
    const pieces = async function* () {
      const values = buffer.subarray(0, elements(shape));
      await native.readTrainables(kind, values, info.offset);
      check(name, values);
      yield values;
    };
    return { name, shape, pieces };
  });
}

function expectFinite(name: string, values: Float32Array): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad === -1) return;
  throw new FettleError('FETTLE_NON_FINITE', `expected finite weights to save, found ${values[bad]} in ${name}`, {
    hint: 'lower the learning rate; the last good checkpoint is untouched',
  });
}

async function loadKind(native: NativeModel, kind: TrainableKind, path: string, nameInFile: NameInFile): Promise<void> {
  const file = await openTensorFile(path);
  try {
    for (const info of native.trainables()) {
      const name = nameInFile(info.name);
      const stored = file.tensors.get(name);
      if (stored === undefined || !sameShape(stored.shape, info)) {
        const found = stored === undefined ? 'none' : `[${stored.shape.join(', ')}]`;
        throw new FettleError('FETTLE_RESUME', `expected ${name} of shape [${info.shape.join(', ')}] in ${path}, found ${found}`);
      }
      await native.writeTrainables(kind, await file.read(name), info.offset);
    }
  } finally {
    await file.close();
  }
}

function sameShape(shape: readonly number[], info: TrainableInfo): boolean {
  return shape.length === info.shape.length && shape.every((size, axis) => size === info.shape[axis]);
}
