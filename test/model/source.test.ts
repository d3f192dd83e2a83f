import { cpSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { engineConfig } from '../../src/model/engine-config.ts';
import { loadModel } from '../../src/model/load.ts';
import type { ModelProgress } from '../../src/model/progress.ts';
import { openModel } from '../../src/model/source.ts';
import { fettleError } from './support/expect-error.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const llama2 = join(fixtures, 'families/llama2');
const gguf = join(fixtures, 'gguf/tiny-llama.gguf');
const engine = { device: 'cpu', quantization: 'none', compute_dtype: 'f32' } as const;

/** A copy of a model folder's config and weights. */
function copyOf(folder: string): string {
  const copy = join(temporaryFolder(), 'model');
  mkdirSync(copy);
  for (const name of ['config.json', 'model.safetensors']) cpSync(join(folder, name), join(copy, name));
  return copy;
}

function changeConfig(folder: string, change: Record<string, unknown>): void {
  const file = join(folder, 'config.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }));
}

describe('opening', () => {
  it('a folder: the family, the weights in the engine order, where to stop', async () => {
    const source = await openModel(llama2);
    expect(source).toMatchObject({ kind: 'folder', name: 'llama2', path: llama2, family: 'llama', eosIds: [2], preQuantized: false });
    expect([...source.weights.keys()][0]).toBe('model.embed_tokens.weight');
    expect([...source.weights.keys()].at(-1)).toBe('lm_head.weight');
    expect(source.tokenizer).toBeNull();
  });

  it('a GGUF file: tokenizer, template and the stop token come from it', async () => {
    const source = await openModel(gguf);
    expect(source).toMatchObject({ kind: 'gguf', name: 'tiny-llama.gguf', family: 'llama' });
    expect(source.tokenizer?.vocabSize).toBe(500);
    expect(source.chatTemplate).not.toBeNull();
    expect(source.tokenizer?.idToToken(source.eosIds[0]!)).toBe('<|im_end|>');
  });

  it('a folder with one GGUF file in it', async () => {
    const folder = temporaryFolder();
    cpSync(gguf, join(folder, 'm.gguf'));
    expect(await openModel(folder)).toMatchObject({ kind: 'gguf', path: join(folder, 'm.gguf') });
  });

  it('generation_config.json adds tokens to stop at, each once', async () => {
    const folder = copyOf(llama2);
    writeFileSync(join(folder, 'generation_config.json'), JSON.stringify({ eos_token_id: [2, 7, 9999] }));
    expect((await openModel(folder)).eosIds).toEqual([2, 7]);
  });

  it('a tied head that is stored all the same is left out', async () => {
    const folder = copyOf(llama2);
    changeConfig(folder, { tie_word_embeddings: true });
    expect((await openModel(folder)).weights.has('lm_head.weight')).toBe(false);
  });

  it('the hash is of the content: the same elsewhere, another with other weights', async () => {
    const { hash } = await openModel(llama2);
    const folder = copyOf(llama2);
    expect((await openModel(folder)).hash).toBe(hash);
    const file = join(folder, 'model.safetensors');
    const bytes = readFileSync(file);
    bytes[bytes.length - 256]! ^= 1;
    writeFileSync(file, bytes);
    expect((await openModel(folder)).hash).not.toBe(hash);
  });
});

describe('what cannot be opened', () => {
  it.each([['/no/such/folder'], ['./no-such-folder'], ['nothing'], ['a/b/c'], ['models/missing.gguf']])(
    '%s: FETTLE_MODEL_NOT_FOUND',
    async (spec) => {
      const error = await fettleError('FETTLE_MODEL_NOT_FOUND', () => openModel(spec));
      expect(error.message).toContain(spec);
    },
  );

  it('an empty name', async () => {
    await fettleError('FETTLE_INVALID_ARGUMENT', () => openModel(''));
  });

  it('a folder of an adapter: the hint says so', async () => {
    const error = await fettleError('FETTLE_MODEL_INCOMPLETE', () => openModel(join(llama2, 'adapter')));
    expect(error.hint).toContain('adapter');
  });

  it('a folder without config.json, or without weights', async () => {
    await fettleError('FETTLE_MODEL_INCOMPLETE', () => openModel(temporaryFolder()));
    const folder = temporaryFolder();
    cpSync(join(llama2, 'config.json'), join(folder, 'config.json'));
    await fettleError('FETTLE_MODEL_INCOMPLETE', () => openModel(folder));
  });

  it('one file of a folder: the hint names the folder', async () => {
    const error = await fettleError('FETTLE_MODEL_NOT_FOUND', () => openModel(join(llama2, 'model.safetensors')));
    expect(error.hint).toContain(llama2);
  });

  it('a file that is no model', async () => {
    await fettleError('FETTLE_MODEL_FORMAT', () => openModel(join(llama2, 'config.json')));
  });

  it('a config of another model: every tensor that does not fit is listed', async () => {
    const folder = copyOf(llama2);
    changeConfig(folder, { num_hidden_layers: 1, vocab_size: 161 });
    const error = await fettleError('FETTLE_MODEL_INCOMPLETE', () => openModel(folder));
    const fields = error.problems.map((problem) => problem.field);
    expect(fields).toContain('model.embed_tokens.weight');
    expect(fields).toContain('lm_head.weight');
    expect(fields.filter((field) => field?.startsWith('model.layers.1.'))).toHaveLength(9);
  });

  it('weights that are cut off', async () => {
    const folder = copyOf(llama2);
    truncateSync(join(folder, 'model.safetensors'), 200_000);
    await fettleError('FETTLE_MODEL_FORMAT', () => openModel(folder));
    const file = join(temporaryFolder(), 'cut.gguf');
    writeFileSync(file, readFileSync(gguf).subarray(0, -1000));
    await fettleError('FETTLE_MODEL_FORMAT', () => openModel(file));
  });

  it('a tokenizer with more tokens than the model has rows', async () => {
    const folder = copyOf(llama2);
    for (const name of ['tokenizer.json', 'tokenizer_config.json']) cpSync(join(fixtures, 'tokenizer/small', name), join(folder, name));
    const error = await fettleError('FETTLE_TOKENIZER', () => openModel(folder));
    expect(error.message).toMatch(/160 embedding rows, found 499/);
  });

  it('an eos_token_id that is no id', async () => {
    const folder = copyOf(llama2);
    changeConfig(folder, { eos_token_id: 'stop' });
    const error = await fettleError('FETTLE_MODEL_FORMAT', () => openModel(folder));
    expect(error.problems[0]).toMatchObject({ file: join(folder, 'config.json'), field: 'eos_token_id' });
  });
});

describe('loading', () => {
  it('tells how far it is, in bytes, up to all of them', async () => {
    const seen: ModelProgress[] = [];
    using loaded = await loadModel(llama2, { ...engine, onProgress: (progress) => seen.push(progress) });
    expect(loaded.native.parameters()).toHaveLength(21);
    expect(seen).toHaveLength(21);
    expect(seen.at(-1)).toMatchObject({ stage: 'load', name: 'lm_head.weight' });
    expect(seen.at(-1)?.bytes).toBe(seen.at(-1)?.total);
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const enough = new Error('enough');
    const onProgress = () => controller.abort(enough);
    const error = await fettleError('FETTLE_INTERRUPTED', () => loadModel(llama2, { ...engine, onProgress, signal: controller.signal }));
    expect(error.cause).toBe(enough);
  });

  it('a file that shrank after it was opened is an error, not a crash', async () => {
    const folder = copyOf(llama2);
    const source = await openModel(folder);
    truncateSync(join(folder, 'model.safetensors'), 100_000);
    await fettleError('FETTLE_MODEL_FORMAT', () => loadModel(source, engine));
  });

  it('the scale of Gemma embeddings is rounded as transformers rounds it: to bf16 when computing in bf16', async () => {
    const { config } = await openModel(join(fixtures, 'families/gemma3_text'));

    expect(engineConfig(config, 'f32').embedding_scale).toBe(Math.sqrt(48));
    expect(engineConfig(config, 'bf16').embedding_scale).toBe(6.9375);
  });
});
