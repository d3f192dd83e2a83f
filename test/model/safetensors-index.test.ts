import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSafetensorsFolder } from '../../src/model/safetensors-index.ts';
import { fettleError } from './support/expect-error.ts';
import { writeZeros } from './support/files.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

function sharded(weightMap: unknown): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map: weightMap }));
  return folder;
}

it('finds each tensor in its shard', async () => {
  const folder = sharded({ a: 'one.safetensors', b: 'two.safetensors' });
  writeZeros(join(folder, 'one.safetensors'), { a: [2] });
  writeZeros(join(folder, 'two.safetensors'), { b: [3] });
  const tensors = await readSafetensorsFolder(folder);
  expect(tensors.get('a')?.file).toBe(join(folder, 'one.safetensors'));
  expect(tensors.get('b')).toMatchObject({ file: join(folder, 'two.safetensors'), shape: [3] });
});

it('lists every missing shard at once', async () => {
  const folder = sharded({ a: 'one.safetensors', b: 'two.safetensors', c: 'three.safetensors', d: 'three.safetensors' });
  writeZeros(join(folder, 'two.safetensors'), { b: [3] });
  const error = await fettleError('FETTLE_MODEL_INCOMPLETE', () => readSafetensorsFolder(folder));
  expect(error.message).toContain('one.safetensors, three.safetensors');
  expect(error.message).not.toContain('missing: two');
  expect(error.problems.map((problem) => problem.file)).toEqual([join(folder, 'one.safetensors'), join(folder, 'three.safetensors')]);
});

it('lists every tensor that its shard does not hold', async () => {
  const folder = sharded({ a: 'one.safetensors', b: 'one.safetensors', c: 'one.safetensors' });
  writeZeros(join(folder, 'one.safetensors'), { b: [1] });
  const error = await fettleError('FETTLE_MODEL_INCOMPLETE', () => readSafetensorsFolder(folder));
  expect(error.problems.map((problem) => problem.field)).toEqual(['a', 'c']);
});

it.each([['../other.safetensors'], ['/etc/passwd'], ['a/b.safetensors'], ['..'], [''], ['a\\b'], [7], [null]])(
  'refuses a shard named %j, which is no plain file name',
  async (shard) => {
    const error = await fettleError('FETTLE_MODEL_FORMAT', () => readSafetensorsFolder(sharded({ a: shard })));
    expect(error.problems[0]?.field).toBe('weight_map.a');
  },
);

it.each([[undefined], [[]], [{}], ['text']])('refuses the weight_map %j', async (weightMap) => {
  await fettleError('FETTLE_MODEL_FORMAT', () => readSafetensorsFolder(sharded(weightMap)));
});

it('says what a folder without safetensors holds instead', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'pytorch_model.bin'), '');
  const error = await fettleError('FETTLE_MODEL_INCOMPLETE', () => readSafetensorsFolder(folder));
  expect(error.message).toContain('pytorch_model.bin');
  expect(error.hint).toContain('safetensors');
});
