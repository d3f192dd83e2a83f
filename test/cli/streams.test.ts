import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { useFolder } from './folder.ts';
import { cliMain, runCli } from './run-cli.ts';
import { alpacaRows, smallModel } from './small-model.ts';

const folder = useFolder();

function writeRun(output: string): string[] {
  folder.write('rows.jsonl', alpacaRows(60));
  folder.write(
    'fettle.yaml',
    `model: ${smallModel}\nquantization: none\nmethod: { r: 4 }\ndata: { path: rows.jsonl }\ntrain: { max_steps: 2 }\noutput_dir: ${output}\n`,
  );
  return ['train'];
}

test('train: the folder of the result on stdout, the progress on stderr', () => {
  const { code, stdout, stderr } = runCli(writeRun('run'), { cwd: folder.path });
  expect(code).toBe(0);
  expect(stdout).toBe('run/adapter\n');
  expect(stderr).toContain('val loss');
  expect(stderr).toContain('done after step 2');
});

test('--json: one object a line on stdout and nothing else, the progress still on stderr', () => {
  const { code, stdout, stderr } = runCli([...writeRun('run'), '--json'], { cwd: folder.path });
  expect(code).toBe(0);
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string });
  expect(events[0]).toMatchObject({ type: 'start' });
  expect(events.at(-1)).toMatchObject({ type: 'done' });
  expect(stderr).toContain('val loss');
  expect(stderr).not.toContain('"type"');
});

test('an error with --json is one object on stdout', () => {
  folder.write('empty.jsonl', '');
  const { code, stdout, stderr } = runCli(['eval', '--model', smallModel, '--data', 'empty.jsonl', '--json'], { cwd: folder.path });
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'FETTLE_DATA_EMPTY', problems: [{ file: 'empty.jsonl' }] } });
  expect(stderr).toContain('FETTLE_DATA_EMPTY');
});

test.each(['stdout', 'stderr'])('nothing is coloured on a %s that is no terminal', (name) => {
  const result = runCli(writeRun('run'), { cwd: folder.path });
  expect(result[name as 'stdout' | 'stderr']).not.toContain('\u001b');
});

test.skipIf(process.platform === 'win32')('a reader that goes away (| head) ends the command without a word', () => {
  folder.write('rows.jsonl', alpacaRows(20_000));
  const script = '"$0" "$@" | head -n 1; echo "exit $PIPESTATUS"';
  const { stdout, stderr } = spawnSync(
    'bash',
    ['-c', script, process.execPath, cliMain, 'convert', 'rows.jsonl', '--to', 'messages', '--out', '-'],
    {
      cwd: folder.path,
      encoding: 'utf8',
    },
  );
  expect(stdout).toMatch(/^\{"topic":"tea","messages":.*\}\nexit 0\n$/);
  expect(stderr).toBe('');
});
