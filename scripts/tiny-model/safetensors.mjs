/** Small whole-file safetensors: reading fp32, writing fp32 or bf16. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Tensors of a file whose values are all F32: [{name, shape, values}]. */
export function readSafetensors(file) {
  const bytes = readFileSync(file);
  const size = Number(bytes.readBigUInt64LE(0));
  const { __metadata__, ...header } = JSON.parse(bytes.toString('utf8', 8, 8 + size));
  return Object.entries(header).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [from, to],
      },
    ]) => {
      if (dtype !== 'F32') throw new Error(`${file}: expected F32, found ${dtype} in ${name}`);
      const data = bytes.subarray(8 + size + from, 8 + size + to);
      return { name, shape, values: new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length)) };
    },
  );
}

/** Upper halves of fp32 values, rounded to nearest even. */
function toBf16(values) {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, (b) => (b + 0x7fff + ((b >>> 16) & 1)) >>> 16);
}

export function writeSafetensors(file, tensors, dtype) {
  const header = { __metadata__: { format: 'pt' } };
  let end = 0;
  const pieces = tensors.map(({ name, shape, values }) => {
    const data = dtype === 'BF16' ? toBf16(values) : values;
    header[name] = { dtype, shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  });
  const json = JSON.stringify(header);
  const padded = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8, ' '));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  writeFileSync(file, Buffer.concat([length, padded, ...pieces]));
}
