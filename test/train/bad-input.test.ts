/** What a person may give a run by mistake: a coded error that names every bad place, exit code 2, and not a byte on disk. */
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FettleError, formatWhere } from '../../src/errors.ts';
import { finetune } from '../../src/train/finetune.ts';
import { bundledModel, smallModel } from '../cli/small-model.ts';
import { collect } from './fake-job.ts';
import { temporaryFolder } from './temporary-folder.ts';

const good = Array.from({ length: 20 }, (_, i) => JSON.stringify({ instruction: `Say number ${i}.`, output: `It is ${i}.` }));
const lines = (...rows: string[]) => `${rows.join('\n')}\n`;
const words = (count: number) => 'word '.repeat(count);

/** Runs on `data` with `model`; what was thrown, after the check that the folder is as it was. */
async function failure(folder: string, model: string, data: string | Buffer): Promise<FettleError> {
  writeFileSync(join(folder, 'rows.jsonl'), data);
  const before = readdirSync(folder, { recursive: true }).sort();
  const config = {
    model,
    quantization: 'none' as const,
    method: { r: 2 },
    data: { path: join(folder, 'rows.jsonl') },
    train: { max_steps: 1 },
    output_dir: join(folder, 'run'),
  };
  const error: unknown = await collect(finetune(config)).catch((cause: unknown) => cause);
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(before);
  if (error instanceof FettleError) return error;
  throw error;
}

test.each<[string, string | Buffer, string, string[]]>([
  ['an empty file', '', 'FETTLE_DATA_EMPTY', ['rows.jsonl']],
  ['blank lines', '\n \n', 'FETTLE_DATA_EMPTY', ['rows.jsonl']],
  ['UTF-16', Buffer.from(`\ufeff${lines(...good)}`, 'utf16le'), 'FETTLE_DATA_ENCODING', ['rows.jsonl']],
  ['UTF-16 without a mark', Buffer.from(lines(...good), 'utf16le'), 'FETTLE_DATA_ENCODING', ['rows.jsonl']],
  [
    'invalid UTF-8 in two rows',
    Buffer.concat([Buffer.from(lines(...good)), Buffer.from('{"instruction":"\xff","output":"b"}\n'.repeat(2), 'latin1')]),
    'FETTLE_DATA_ENCODING',
    ['rows.jsonl:21', 'rows.jsonl:22'],
  ],
  [
    'rows of other shapes',
    lines(...good, '{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}', '{"prompt":"a","completion":"b"}'),
    'FETTLE_DATA_FORMAT',
    ['rows.jsonl:21', 'rows.jsonl:22'],
  ],
  [
    'missing fields, empty answers, wrong types, no JSON',
    lines(...good, '{"instruction":"a"}', '{"instruction":"a","output":" "}', '{"instruction":1,"output":"b"}', '{"instruc', '[1]', 'null'),
    'FETTLE_DATA',
    ['rows.jsonl:21:output', 'rows.jsonl:22:output', 'rows.jsonl:23:instruction', 'rows.jsonl:24', 'rows.jsonl:25', 'rows.jsonl:26'],
  ],
  [
    'over-long rows',
    lines(JSON.stringify({ instruction: 'a', output: words(3000) }), ...good, JSON.stringify({ instruction: words(3000), output: 'b' })),
    'FETTLE_DATA',
    ['rows.jsonl:1', 'rows.jsonl:22'],
  ],
])('%s', async (_, data, code, places) => {
  const error = await failure(temporaryFolder(), bundledModel, data);
  expect(error).toMatchObject({ code, exitCode: 2 });
  expect(error.problems.map((problem) => formatWhere(problem).replace(/^.*\//, ''))).toEqual(places);
  expect(error.hint ?? error.problems[0]?.hint).toBeTruthy();
});

/** Rewrites the JSON header of the model's safetensors file. */
function editHeader(model: string, change: (header: Record<string, { shape: number[]; data_offsets: number[] }>) => void): void {
  const file = join(model, 'model.safetensors');
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  change(header);
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(file, Buffer.concat([prefix, json, bytes.subarray(8 + length)]));
}

function editJson(file: string, change: (json: Record<string, unknown>) => void): void {
  const json = JSON.parse(readFileSync(file, 'utf8'));
  change(json);
  writeFileSync(file, JSON.stringify(json));
}

const sizeOf = (file: string) => readFileSync(file).length;
const weights = (model: string) => join(model, 'model.safetensors');

test.each<[string, string, RegExp, (model: string) => void]>([
  ['a safetensors file cut in its header', 'FETTLE_MODEL_FORMAT', /cut off/, (m) => truncateSync(weights(m), 100)],
  ['a safetensors file cut in its data', 'FETTLE_MODEL_FORMAT', /cut off/, (m) => truncateSync(weights(m), sizeOf(weights(m)) - 1000)],
  [
    'a header that lies about a size',
    'FETTLE_MODEL_FORMAT',
    /"model\.norm\.weight"/,
    (m) => editHeader(m, (header) => header['model.norm.weight']!.shape.fill(99_999)),
  ],
  [
    'a header that lies about an offset',
    'FETTLE_MODEL_FORMAT',
    /"model\.norm\.weight"/,
    (m) => editHeader(m, (header) => header['model.norm.weight']!.data_offsets.fill(10 ** 12)),
  ],
  [
    'a missing shard',
    'FETTLE_MODEL_INCOMPLETE',
    /model-00002-of-00002\.safetensors/,
    (m) => {
      const names = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
      const tensors: string[] = [];
      editHeader(m, (header) => tensors.push(...Object.keys(header).filter((name) => name !== '__metadata__')));
      const weight_map = Object.fromEntries(tensors.map((name, i) => [name, names[i % 2]]));
      writeFileSync(join(m, 'model.safetensors.index.json'), JSON.stringify({ weight_map }));
      renameSync(weights(m), join(m, names[0]!));
    },
  ],
  ['no weights', 'FETTLE_MODEL_INCOMPLETE', /no weights/, (m) => rmSync(weights(m))],
  [
    'a tokenizer of a larger model',
    'FETTLE_TOKENIZER',
    /does not fit the model.*2048/,
    (m) =>
      editJson(join(m, 'tokenizer.json'), (json) => {
        const model = json.model as { vocab: Record<string, number>; merges: [string, string][] };
        model.vocab['a larger model'] = 2048;
      }),
  ],
  [
    'an architecture that is not supported',
    'FETTLE_MODEL_UNSUPPORTED',
    /GPT2LMHeadModel.*supported are LlamaForCausalLM/,
    (m) => editJson(join(m, 'config.json'), (json) => Object.assign(json, { architectures: ['GPT2LMHeadModel'], model_type: 'gpt2' })),
  ],
])('%s', async (_, code, message, spoil) => {
  const folder = temporaryFolder();
  const model = join(folder, 'model');
  cpSync(bundledModel, model, { recursive: true });
  spoil(model);
  const error = await failure(folder, model, lines(...good));
  expect(error).toMatchObject({ code, exitCode: 2 });
  expect([error.message, error.hint, ...error.problems.map((problem) => `${formatWhere(problem)} ${problem.hint}`)].join('\n')).toMatch(
    message,
  );
  expect(error.problems[0]?.file).toContain(model);
});

test.each<[string, string, (file: string) => void]>([
  ['cut in its header', 'FETTLE_MODEL_FORMAT', (file) => truncateSync(file, 60)],
  ['cut in its data', 'FETTLE_MODEL_FORMAT', (file) => truncateSync(file, sizeOf(file) - 5000)],
  ['that claims 2^60 tensors', 'FETTLE_MODEL_FORMAT', (file) => patch(file, 8, 2n ** 60n)],
  ['that claims 2^60 keys', 'FETTLE_MODEL_FORMAT', (file) => patch(file, 16, 2n ** 60n)],
])('a GGUF file %s', async (_, code, spoil) => {
  const folder = temporaryFolder();
  const model = join(folder, 'model.gguf');
  copyFileSync(smallModel, model);
  spoil(model);
  const error = await failure(folder, model, lines(...good));
  expect(error).toMatchObject({ code, exitCode: 2, problems: [{ file: model }] });
});

function patch(file: string, at: number, value: bigint): void {
  const bytes = readFileSync(file);
  bytes.writeBigUInt64LE(value, at);
  writeFileSync(file, bytes);
}

test('an output folder that holds another run', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'run'));
  writeFileSync(join(folder, 'run', 'config.yaml'), 'model: other\n');
  const error = await failure(folder, bundledModel, lines(...good));
  expect(error).toMatchObject({ code: 'FETTLE_OUTPUT_EXISTS', exitCode: 2, problems: [{ field: 'output_dir' }] });
  expect(error.hint).toContain('--resume');
});
