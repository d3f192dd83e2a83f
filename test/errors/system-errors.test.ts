import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FettleError } from '../../src/errors.ts';
import { asReadError, asSystemError, asWriteError } from '../../src/system-errors.ts';

const refused = (code: string) => Object.assign(new Error('refused'), { code });

test.each([
  ['ENOENT', 'FETTLE_FILE_NOT_FOUND'],
  ['ENOTDIR', 'FETTLE_FILE_NOT_FOUND'],
  ['EISDIR', 'FETTLE_FILE_NOT_FOUND'],
  ['EACCES', 'FETTLE_PERMISSION'],
  ['EPERM', 'FETTLE_PERMISSION'],
])('reading: %s is %s', (errno, code) => {
  expect(asReadError(refused(errno), 'a.json')).toMatchObject({ code, problems: [{ file: 'a.json', message: errno }] });
});

test.each([
  ['ENOSPC', 'FETTLE_NO_SPACE'],
  ['EDQUOT', 'FETTLE_NO_SPACE'],
  ['EFBIG', 'FETTLE_NO_SPACE'],
  ['EACCES', 'FETTLE_PERMISSION'],
  ['EROFS', 'FETTLE_PERMISSION'],
  ['ENOTDIR', 'FETTLE_PERMISSION'],
])('writing: %s is %s', (errno, code) => {
  expect(asWriteError(refused(errno), 'a.json')).toMatchObject({ code, exitCode: 3, problems: [{ file: 'a.json' }] });
});

test('errors that the system did not make, and coded ones, stay as they are', () => {
  const own = new FettleError('FETTLE_DATA', 'bad rows');
  for (const error of [own, new TypeError('no'), 'text', refused('EPIPE')]) {
    expect([asReadError(error, 'a'), asWriteError(error, 'a'), asSystemError(error)]).toEqual([error, error, error]);
  }
});

test('a real file and a real refusal', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-errors-'));
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const failure = (work: () => unknown) => {
    try {
      return work();
    } catch (error) {
      return error;
    }
  };
  const hint = 'make it';
  expect(
    asReadError(
      failure(() => readFileSync(join(folder, 'none'))),
      'none',
      hint,
    ),
  ).toMatchObject({ code: 'FETTLE_FILE_NOT_FOUND', hint });
  expect(
    asReadError(
      failure(() => readFileSync(folder)),
      folder,
    ),
  ).toMatchObject({ code: 'FETTLE_FILE_NOT_FOUND' });
  expect(
    asWriteError(
      failure(() => writeFileSync(join(file, 'below'), '')),
      file,
    ),
  ).toMatchObject({ code: 'FETTLE_PERMISSION' });
  rmSync(folder, { recursive: true });
});
