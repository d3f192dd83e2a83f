import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { printError } from '../../src/cli/print-error.ts';
import { FettleError } from '../../src/errors.ts';
import { useFolder } from './folder.ts';
import { runCli } from './run-cli.ts';
import { smallModel } from './small-model.ts';

const folder = useFolder();
let stderr: string;
let stdout: string;
beforeEach(() => {
  [stderr, stdout] = ['', ''];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text;
    return true;
  });
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

const error = new FettleError('FETTLE_DATA', 'expected usable rows, found 2 that are not', {
  hint: 'mend them',
  problems: [
    { file: 'a.jsonl', line: 3, field: 'output', message: 'is empty', hint: 'write the answer' },
    { file: 'a.jsonl', message: 'has no last line' },
    { message: 'no place' },
  ],
});

test('code and message, then a line for every place with its own hint, then what to do', () => {
  expect(printError(error, false)).toBe(2);
  expect(stderr.split('\n')).toEqual([
    'FETTLE_DATA: expected usable rows, found 2 that are not',
    '  a.jsonl:3:output is empty (write the answer)',
    '  a.jsonl has no last line',
    '  no place',
    'hint: mend them',
    '',
  ]);
  expect(stdout).toBe('');
});

test('with --json the error is also one object on stdout', () => {
  printError(error, true);
  const { code, message, hint, problems } = error;
  expect(JSON.parse(stdout)).toEqual({ error: { code, message, hint, problems } });
  expect(stdout.endsWith('}\n')).toBe(true);
});

test.each([
  ['ENOSPC', 'FETTLE_NO_SPACE', 3],
  ['EDQUOT', 'FETTLE_NO_SPACE', 3],
  ['EACCES', 'FETTLE_PERMISSION', 3],
  ['EROFS', 'FETTLE_PERMISSION', 3],
  ['ENOENT', 'FETTLE_FILE_NOT_FOUND', 2],
])('what the system refuses with %s is %s, exit %i', (errno, code, exit) => {
  expect(printError(Object.assign(new Error('refused'), { code: errno }), false)).toBe(exit);
  expect(stderr).toBe(`${code}: refused\n`);
});

test('anything else is a defect: exit 1, with the stack to report', () => {
  expect(printError(new TypeError('x is not a function'), false)).toBe(1);
  expect(stderr).toMatch(/^FETTLE_INTERNAL: x is not a function\nhint: .*report/);
  expect(stderr).toContain('print-error.test.ts');
  stderr = '';
  expect(printError('a thrown text', false)).toBe(1);
  expect(stderr).toContain('FETTLE_INTERNAL: a thrown text');
});

test('every bad row of a file and every bad key of a config is named at once', () => {
  folder.write(
    'rows.jsonl',
    '{"instruction":"a","output":""}\n{"instruction":"b","output":"B"}\n{"instruction":"c"}\n{"instruction":5,"output":"D"}\n',
  );
  folder.write('fettle.yaml', `model: ${smallModel}\ndata: { path: rows.jsonl }\noutput_dir: run\n`);
  const data = runCli(['train'], { cwd: folder.path });
  expect(data.code).toBe(2);
  for (const place of ['rows.jsonl:1:output', 'rows.jsonl:3:output', 'rows.jsonl:4:instruction']) expect(data.stderr).toContain(place);

  folder.write('fettle.yaml', `model: ${smallModel}\ndata: { path: rows.jsonl }\ntrain:\n  epoch: 2\n  seed: x\noutputdir: run\n`);
  const config = runCli(['train'], { cwd: folder.path });
  expect(config.code).toBe(2);
  expect(config.stderr).toContain('fettle.yaml:4:train.epoch unknown key (did you mean train.epochs?)');
  expect(config.stderr).toContain('fettle.yaml:5:train.seed');
  expect(config.stderr).toContain('fettle.yaml:6:outputdir unknown key (did you mean output_dir?)');
});
