import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { evaluate } from '../../src/eval/evaluate.ts';
import { openTensorFile } from '../../src/export/tensor-file.ts';
import { type LoadedModel, loadModel } from '../../src/model/load.ts';
import { finetune } from '../../src/train/finetune.ts';
import { familyFolder, smallConfig, tokensRows, writeRows } from '../train/small-run.ts';
import { temporaryFolder } from '../train/temporary-folder.ts';

let model: LoadedModel;
beforeAll(async () => {
  model = await loadModel(familyFolder('qwen2'), { quantization: 'none', compute_dtype: 'f32' });
});
afterAll(() => model.dispose());

const folder = temporaryFolder;

test('the loss is over all supervised tokens, whatever the micro-batches, and rows are told apart', async () => {
  const data = writeRows(join(folder(), 'rows.jsonl'), tokensRows(12));
  const [one, many] = [await evaluate(model, { data, micro_batch_tokens: 1 }), await evaluate(model, { data, micro_batch_tokens: 4096 })];
  expect(many.loss).toBeCloseTo(one.loss, 6);
  expect(one.perplexity).toBeCloseTo(Math.exp(one.loss), 6);
  expect(one.rows.map(({ line }) => line)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  const mean = one.rows.reduce((sum, row) => sum + row.loss * row.supervised_tokens, 0) / one.supervised_tokens;
  expect(mean).toBeCloseTo(one.loss, 9);
  expect(new Set(one.rows.map(({ loss }) => loss.toFixed(3))).size).toBeGreaterThan(6);
});

test('logits of every token are written in the order of the rows, and give the loss', async () => {
  const path = folder();
  const rows = tokensRows(3);
  const data = writeRows(join(path, 'rows.jsonl'), rows);
  const { loss, tokens } = await evaluate(model, { data, logits_out: join(path, 'logits.safetensors') });
  const file = await openTensorFile(join(path, 'logits.safetensors'));
  const { vocab_size } = model.source.config;
  expect(file.tensors.get('logits')).toMatchObject({ dtype: 'F32', shape: [tokens, vocab_size] });
  const logits = await file.read('logits');
  await file.close();
  let [sum, count, at] = [0, 0, 0];
  for (const { labels } of rows) {
    for (const [t, label] of labels.entries()) {
      if (t === 0 || label === -100) continue;
      const row = logits.subarray((at + t - 1) * vocab_size, (at + t) * vocab_size);
      sum += Math.log(row.reduce((total, x) => total + Math.exp(x), 0)) - row[label]!;
      count++;
    }
    at += labels.length;
  }
  expect(sum / count).toBeCloseTo(loss, 5);
});

test('a row longer than the model is an error that names it', async () => {
  const long = Array.from({ length: 600 }, (_, i) => i % 90);
  const data = writeRows(join(folder(), 'rows.jsonl'), [...tokensRows(1), { input_ids: long, labels: long }]);
  await expect(evaluate(model, { data })).rejects.toMatchObject({ code: 'FETTLE_DATA', problems: [{ line: 2 }] });
});

test('sealed rows are refused, and opened once with a reason that is logged', async () => {
  const path = folder();
  const config = {
    ...smallConfig(path, { family: 'qwen2', train: { max_steps: 1 } }),
    data: { path: writeRows(join(path, 'all.jsonl'), tokensRows(40)), max_length: 64 },
  };
  for await (const _ of finetune(config));
  const { test: sealed } = JSON.parse(readFileSync(join(path, 'run', 'splits.json'), 'utf8')) as { test: string[] };
  expect(sealed.length).toBe(4);
  const data = join(path, 'all.jsonl');
  const adapter = join(path, 'run', 'adapter');
  await expect(evaluate(model, { data })).rejects.toMatchObject({ code: 'FETTLE_SEALED' });
  await expect(evaluate(model, { data, adapter: 'nowhere', open_test: { reason: 'exam' } })).rejects.toMatchObject({
    code: 'FETTLE_FILE_NOT_FOUND',
  });
  expect((await evaluate(model, { data, open_test: { reason: 'exam' } })).test_openings).toBe(1);
  await expect(evaluate(model, { data, adapter, open_test: { reason: 'again' } })).rejects.toMatchObject({ code: 'FETTLE_ADAPTER' });
});

test('a signal is an interruption', async () => {
  const data = writeRows(join(folder(), 'rows.jsonl'), tokensRows(3));
  const signal = AbortSignal.abort();
  await expect(evaluate(model, { data, signal })).rejects.toThrow();
});

test.each([0, 1, 3])('a signal after %i micro-batches ends it with FETTLE_INTERRUPTED', async (after) => {
  const data = writeRows(join(folder(), 'rows.jsonl'), tokensRows(12));
  const controller = new AbortController();
  let batches = 0;
  const onProgress = () => ++batches === after && controller.abort();
  if (after === 0) controller.abort();
  const stopped = evaluate(model, { data, micro_batch_tokens: 1, onProgress, signal: controller.signal });
  await expect(stopped).rejects.toMatchObject({ code: 'FETTLE_INTERRUPTED', exitCode: 130 });
  expect(batches).toBe(after);
});
