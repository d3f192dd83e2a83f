import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig, parseConfigText } from '../../src/config/load.ts';
import { FettleError } from '../../src/errors.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'fettle-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const base = 'model: m\ndata:\n  path: d.jsonl\noutput_dir: o\n';

function failure(text: string, overrides: string[] = []): FettleError {
  try {
    parseConfigText(text, 'f.yaml', overrides);
  } catch (error) {
    if (error instanceof FettleError) return error;
    throw error;
  }
  throw new Error('expected a FettleError');
}

describe('--set', () => {
  test('values are YAML; later ones win; sections are made', () => {
    const overrides = [
      'train.epochs=9',
      'train.epochs=5',
      'method.target_modules=[q_proj, v_proj]',
      'train.early_stopping=null',
      'model=a=b',
      'data.split.seed=7',
    ];
    const { config } = parseConfigText(`${base}train:\n`, 'f.yaml', overrides);
    expect(config.train.epochs).toBe(5);
    expect(config.method.target_modules).toEqual(['q_proj', 'v_proj']);
    expect(config.train.early_stopping).toBeNull();
    expect(config.model).toBe('a=b');
    expect(config.data.split.seed).toBe(7);
  });

  test('problems name the override, not a line', () => {
    const { problems } = failure(`${base}train:\n  epochs: 3\n`, ['train.epochs=many', 'trian.seed=1']);
    expect(problems.map(({ file, line, field, hint }) => [file, line, field, hint])).toEqual([
      ['--set train.epochs=many', undefined, 'train.epochs', undefined],
      ['--set trian.seed=1', undefined, 'trian', 'did you mean train?'],
    ]);
  });

  test.each(['epochs', '=3', 'train.=3', '.epochs=3', 'model.x=1', 'train.epochs=[1'])('%s is refused', (text) => {
    expect(failure(base, [text]).code).toBe('FETTLE_USAGE');
  });

  test('touches no prototype', () => {
    expect(failure(base, ['__proto__.polluted=1']).code).toBe('FETTLE_CONFIG');
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});

describe('files', () => {
  test('a given value can be told from a default', () => {
    const { input, config } = parseConfigText(`${base}method:\n  r: 16\n`, 'f.yaml');
    expect(input.method).toEqual({ r: 16 });
    expect(config.method.lora_alpha).toBe(32);
  });

  test('a byte order mark and CRLF change nothing', () => {
    const plain = parseConfigText(base, 'f.yaml').config;
    expect(parseConfigText(`\uFEFF${base.replaceAll('\n', '\r\n')}\r\n\r\n`, 'f.yaml').config).toEqual(plain);
  });

  test.each([
    ['', undefined],
    ['# only a comment\n', undefined],
    ['- a\n- b\n', undefined],
    ['model: m\n---\nmodel: n\n', undefined],
    ['model: m\nmodel: n\n', 2],
    ['model: [a\n', 2],
    ['model: m\n\tdata: x\n', 2],
  ])('%j is no config', (text, line) => {
    const error = failure(text);
    expect(error.code).toBe('FETTLE_CONFIG');
    expect(error.problems[0]?.line).toBe(line);
  });

  test('a missing file, a folder and other bytes are coded errors', async () => {
    const file = path.join(folder, 'latin1.yaml');
    writeFileSync(file, Buffer.from([0x6d, 0xe9]));
    await expect(loadConfig(path.join(folder, 'none.yaml'))).rejects.toMatchObject({ code: 'FETTLE_FILE_NOT_FOUND' });
    await expect(loadConfig(folder)).rejects.toMatchObject({ code: 'FETTLE_FILE_NOT_FOUND' });
    await expect(loadConfig(file)).rejects.toMatchObject({ code: 'FETTLE_CONFIG' });
  });
});
