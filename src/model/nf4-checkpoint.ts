/**
 * Weights that bitsandbytes quantized to 4 bits, as transformers saves them: the bytes under the weight's own name, the rest beside it
 * (`.absmax`, `.quant_map`, `.nested_absmax`, `.nested_quant_map`, `.quant_state.bitsandbytes__nf4`).
 */
import { open } from 'node:fs/promises';
import type { StoredNf4 } from '../native/types.ts';
import { asReadError } from '../system-errors.ts';
import { ConfigReader } from './families/config-reader.ts';
import { asJsonObject } from './json-file.ts';
import { formatError, shown, unsupportedError } from './model-error.ts';
import type { LocatedTensor } from './safetensors-index.ts';

/** The code book (kernels' index is the nibble): https://github.com/bitsandbytes-foundation/bitsandbytes, functional.get_4bit_type. */
const nf4Codes = Float32Array.of(
  ...[-1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334],
  ...[-0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224],
  ...[0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1],
);

const stateSuffix = '.quant_state.bitsandbytes__';
const sideSuffixes = ['absmax', 'quant_map', 'nested_absmax', 'nested_quant_map'];
/** What the engine decodes; bitsandbytes knows 256 only for the scales of scales. */
const engineBlocksize = 64;
const maxStateBytes = 64 * 1024;

/** Names of the weights that come with a 4-bit state, and the state's own tensor. */
export function quantStates(tensors: ReadonlyMap<string, LocatedTensor>): Map<string, LocatedTensor> {
  const states = new Map<string, LocatedTensor>();
  for (const [name, tensor] of tensors) {
    const at = name.indexOf(stateSuffix);
    if (at > 0) states.set(name.slice(0, at), tensor);
  }
  return states;
}

/** Whether `name` is part of a quantized weight rather than a tensor of the model. */
export function isQuantPart(name: string, states: ReadonlyMap<string, LocatedTensor>): boolean {
  if (name.includes(stateSuffix)) return true;
  return sideSuffixes.some((suffix) => name.endsWith(`.${suffix}`) && states.has(name.slice(0, -suffix.length - 1)));
}

/**
 * One quantized weight. Reads its state and code book, a few hundred bytes, and nothing else.
 * Throws `FETTLE_MODEL_UNSUPPORTED` for fp4 or another code book, `FETTLE_MODEL_FORMAT` for parts that are missing or contradict each other.
 */
export async function readNf4(name: string, state: LocatedTensor, tensors: ReadonlyMap<string, LocatedTensor>): Promise<StoredNf4> {
  const fields = await readState(state);
  const shape = fields.numbers('shape') ?? [];
  const blocksize = fields.int('blocksize', 64);
  const nestedBlocksize = fields.int('nested_blocksize', 256);
  const nestedOffset = fields.optionalNumber('nested_offset');
  checkState(fields, state, shape, { blocksize, nestedBlocksize });
  const [rows, cols] = shape as [number, number];
  const values = rows * cols;
  const blocks = Math.ceil(values / blocksize);
  const part = (suffix: string, bytes: number, dtype: string) => sidePart(name, suffix, bytes, dtype, tensors);
  await checkCodeBook(part('quant_map', 64, 'F32'));
  const stored: Omit<StoredNf4, 'absmax'> = { nf4: true, shape: [rows, cols], blocksize, packed: packedPart(name, values, tensors) };
  if (nestedOffset === undefined) return { ...stored, absmax: range(part('absmax', 4 * blocks, 'F32')) };
  return {
    ...stored,
    absmax: range(part('absmax', blocks, 'U8')),
    nested: {
      absmax: range(part('nested_absmax', 4 * Math.ceil(blocks / nestedBlocksize), 'F32')),
      map: range(part('nested_quant_map', 4 * 256, 'F32')),
      offset: nestedOffset,
      blocksize: nestedBlocksize,
    },
  };
}

async function readState(state: LocatedTensor): Promise<ConfigReader> {
  if (state.bytes > maxStateBytes)
    throw formatError(state.file, `expected a small JSON text, found ${state.bytes} bytes`, { field: state.name });
  const bytes = await readPart(state);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw formatError(state.file, 'expected JSON in UTF-8, found other bytes', { field: state.name, cause });
  }
  const object = asJsonObject(value);
  if (object === undefined) throw formatError(state.file, `expected a JSON object, found ${shown(value)}`, { field: state.name });
  return new ConfigReader(state.file, object);
}

function checkState(
  fields: ConfigReader,
  state: LocatedTensor,
  shape: number[],
  sizes: { blocksize: number; nestedBlocksize: number },
): void {
  const type = fields.string('quant_type', 'nf4');
  if (type !== 'nf4' || !state.name.endsWith(`${stateSuffix}nf4`)) {
    fields.unsupported(
      'quant_type',
      `expected nf4, found ${shown(type)} in ${state.name}`,
      'Quantize the model with bnb_4bit_quant_type="nf4".',
    );
  }
  if (shape.length !== 2 || !shape.every((n) => Number.isInteger(n) && n > 0 && n <= 2 ** 24)) {
    fields.malformed('shape', `expected [rows, cols], found ${shown(shape)}`);
  }
  if (sizes.blocksize !== engineBlocksize) fields.unsupported('blocksize', `expected ${engineBlocksize}, found ${sizes.blocksize}`);
  if (sizes.nestedBlocksize !== 256) fields.unsupported('nested_blocksize', `expected 256, found ${sizes.nestedBlocksize}`);
  fields.throwProblems();
}

/** The weight's bytes. The dtype is only a carrier (`bnb_4bit_quant_storage`): two values a byte, whatever it says. */
function packedPart(name: string, values: number, tensors: ReadonlyMap<string, LocatedTensor>): StoredNf4['packed'] {
  const tensor = tensors.get(name);
  if (tensor === undefined)
    throw formatError('the checkpoint', 'expected the 4-bit values beside their quant_state, found none', { field: name });
  const itemBytes =
    tensor.bytes /
    Math.max(
      1,
      tensor.shape.reduce((product, n) => product * n, 1),
    );
  const bytes = Math.ceil(values / 2);
  if (tensor.bytes < bytes || tensor.bytes >= bytes + itemBytes) {
    throw formatError(tensor.file, `expected ${bytes} bytes for ${values} values of 4 bits, found ${tensor.bytes}`, { field: name });
  }
  return { ...range(tensor), bytes };
}

function sidePart(name: string, suffix: string, bytes: number, dtype: string, tensors: ReadonlyMap<string, LocatedTensor>): LocatedTensor {
  const field = `${name}.${suffix}`;
  const tensor = tensors.get(field);
  if (tensor === undefined)
    throw formatError(tensors.get(name)?.file ?? 'the checkpoint', 'expected this part of a 4-bit weight, found none', { field });
  if (tensor.dtype !== dtype || tensor.bytes !== bytes) {
    throw formatError(tensor.file, `expected ${bytes} bytes of ${dtype}, found ${tensor.bytes} of ${tensor.dtype}`, { field });
  }
  return tensor;
}

async function checkCodeBook(tensor: LocatedTensor): Promise<void> {
  const bytes = await readPart(tensor);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const other = nf4Codes.findIndex((code, i) => view.getFloat32(4 * i, true) !== code);
  if (other < 0) return;
  const found = view.getFloat32(4 * other, true);
  throw unsupportedError(tensor.file, `expected the NF4 code book, found ${found} for code ${other}`, { field: tensor.name });
}

async function readPart({ file, offset, bytes }: LocatedTensor): Promise<Uint8Array> {
  try {
    await using handle = await open(file, 'r');
    const { buffer, bytesRead } = await handle.read(new Uint8Array(bytes), 0, bytes, offset);
    if (bytesRead < bytes) throw formatError(file, `expected ${bytes} bytes at ${offset}, found ${bytesRead}`);
    return buffer;
  } catch (cause) {
    throw asReadError(cause, file);
  }
}

function range({ file, offset, bytes }: LocatedTensor): StoredNf4['packed'] {
  return { file, offset, bytes };
}
