/** One proof for each exit code of the contract; 130 has a file of its own, interrupt.test.ts. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { useFolder } from './folder.ts';
import { cliMain, runCli } from './run-cli.ts';
import { alpacaRows, smallModel } from './small-model.ts';

const folder = useFolder();

function writeRun({ rows = alpacaRows(60), train = '{ max_steps: 4 }', model = smallModel } = {}): void {
  folder.write('rows.jsonl', rows);
  folder.write(
    'fettle.yaml',
    `model: ${model}\nquantization: none\nmethod: { r: 4 }\ndata: { path: rows.jsonl }\ntrain: ${train}\noutput_dir: run\n`,
  );
}

const train = (...flags: string[]) => runCli(['train', ...flags], { cwd: folder.path });
const nothingWritten = () => !existsSync(path.join(folder.path, 'run')) && !existsSync(path.join(folder.path, '.fettle'));

describe('0', () => {
  test.each(['--help', '--version', 'train --help'])('%s', (line) => {
    expect(runCli(line.split(' '))).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('1: the work failed', () => {
  test('a loss that is not finite', () => {
    writeRun({ train: '{ max_steps: 6, learning_rate: 1.0e+30, max_grad_norm: null, lr_scheduler: constant, warmup_ratio: 0 }' });
    const { code, stderr } = train();
    expect(stderr).toContain('FETTLE_NON_FINITE');
    expect(code).toBe(1);
  });
});

describe('2: usage, config or data', () => {
  test.each([
    ['an unknown command', ['trian'], 'Did you mean train?'],
    ['an unknown flag', ['train', '--resum'], 'Did you mean --resume?'],
    ['a missing flag', ['generate', '--prompt', 'Hi'], '--model'],
    ['a value out of range', ['generate', '--model', smallModel, '--prompt', 'Hi', '--top-p', '2'], 'FETTLE_USAGE'],
    ['a config that is not there', ['train', 'none.yaml'], 'FETTLE_FILE_NOT_FOUND'],
  ])('%s', (_, args, text) => {
    const { code, stdout, stderr } = runCli(args, { cwd: folder.path });
    expect(stderr).toContain(text);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test.each([
    ['a bad setting', { train: '{ epochs: 0 }' }, 'FETTLE_CONFIG'],
    ['a bad row', { rows: '{"instruction":"a"}\n' }, 'FETTLE_DATA'],
    ['no rows', { rows: '' }, 'FETTLE_DATA_EMPTY'],
    ['a model that is not there', { model: './none.gguf' }, 'FETTLE_MODEL_NOT_FOUND'],
  ])('%s, and nothing is written', (_, run, errorCode) => {
    writeRun(run);
    const { code, stderr } = train();
    expect(stderr).toContain(errorCode);
    expect(code).toBe(2);
    expect(nothingWritten()).toBe(true);
  });
});

describe('3: the environment', () => {
  test.each([
    ['no addon', { FETTLE_NATIVE: '/none/fettle.node' }, smallModel, 'FETTLE_NATIVE'],
    ['no hub', { HF_HUB_OFFLINE: '1', HF_HOME: '/none' }, 'org/model', 'FETTLE_HUB'],
  ])('%s', (_, env, model, errorCode) => {
    const { code, stderr } = runCli(['generate', '--model', model, '--prompt', 'Hi'], { env, cwd: folder.path });
    expect(stderr).toContain(errorCode);
    expect(code).toBe(3);
  });

  test.skipIf(process.platform === 'win32')('no space left', () => {
    writeRun();
    const script = 'ulimit -f 16; exec "$0" "$@"';
    const { status, stderr } = spawnSync('bash', ['-c', script, process.execPath, cliMain, 'train'], {
      cwd: folder.path,
      encoding: 'utf8',
    });
    expect(stderr).toContain('FETTLE_NO_SPACE');
    expect(status).toBe(3);
  });
});
