import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { nativeAddon } from '../../src/native/addon.ts';
import { useFolder } from './folder.ts';
import { cliMain, runCli } from './run-cli.ts';
import { alpacaRows, smallModel } from './small-model.ts';

const folder = useFolder();
const lines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

function writeConfig(train: string): void {
  folder.write('rows.jsonl', alpacaRows(60));
  folder.write(
    'fettle.yaml',
    `model: ${smallModel}\nquantization: none\nmethod: { r: 4 }\ndata: { path: rows.jsonl }\ntrain: ${train}\noutput_dir: run\n`,
  );
}

test('train, resume, eval and generate with the adapter', () => {
  writeConfig('{ epochs: 1, batch_size: 8 }');
  const run = runCli(['train', '--set', 'train.learning_rate=5e-3', '--json'], { cwd: folder.path });
  expect(run.code).toBe(0);
  const events = lines(run.stdout);
  expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['start', 'step', 'eval', 'checkpoint', 'done']));
  expect(readFileSync(path.join(folder.path, 'run', 'config.yaml'), 'utf8')).toContain('learning_rate: 0.005');

  const again = runCli(['train', '--set', 'train.learning_rate=5e-3'], { cwd: folder.path });
  expect(again.code).toBe(2);
  expect(again.stderr).toContain('FETTLE_OUTPUT_EXISTS');
  const resumed = runCli(['train', '--set', 'train.learning_rate=5e-3', '--resume'], { cwd: folder.path });
  expect(resumed.code).toBe(0);
  expect(resumed.stderr).toContain('finished already');

  folder.write('more.jsonl', alpacaRows(70).split('\n').slice(60).join('\n'));
  const base = JSON.parse(
    runCli(['eval', '--model', smallModel, '--quantization', 'none', '--data', 'more.jsonl', '--json'], { cwd: folder.path }).stdout,
  );
  const withAdapter = ['--model', smallModel, '--quantization', 'none', '--adapter', 'run/adapter'];
  const tuned = JSON.parse(runCli(['eval', ...withAdapter, '--data', 'more.jsonl', '--json'], { cwd: folder.path }).stdout);
  expect(tuned.loss).toBeLessThan(base.loss);
  expect(tuned).toMatchObject({ perplexity: Math.exp(tuned.loss), tokens: base.tokens, supervised_tokens: base.supervised_tokens });

  const answer = JSON.parse(
    runCli(['generate', ...withAdapter, '--prompt', 'Hi', '--max-tokens', '5', '--json'], { cwd: folder.path }).stdout,
  );
  expect(answer).toMatchObject({ finish_reason: expect.stringMatching(/stop|length/), text: expect.any(String) });
  const warned = runCli(['generate', '--model', smallModel, '--adapter', 'run/adapter', '--prompt', 'Hi', '--max-tokens', '1'], {
    cwd: folder.path,
  });
  expect(warned.stderr).toContain('warning');
});

test('a bad config writes nothing', () => {
  writeConfig('{ epoch: 1 }');
  const { code, stderr } = runCli(['train'], { cwd: folder.path });
  expect(code).toBe(2);
  expect(stderr).toContain('fettle.yaml:5:train.epoch unknown key (did you mean train.epochs?)');
  expect(existsSync(path.join(folder.path, 'run'))).toBe(false);
});

test.each([
  [['--device', 'gpu'], 'FETTLE_CONFIG'],
  [['--quantization', 'int8'], 'FETTLE_CONFIG'],
  [['--temperature', '-1'], 'FETTLE_USAGE'],
])('generate %j is refused', (flags, code) => {
  const result = runCli(['generate', '--model', smallModel, '--prompt', 'Hi', ...flags]);
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(code);
});

test.skipIf(nativeAddon().deviceReport('cuda').devices.length > 0)('a GPU that is not there is exit code 3 and a way out', () => {
  const args = ['generate', '--model', smallModel, '--prompt', 'Hi'];
  for (const result of [runCli([...args, '--device', 'cuda']), runCli(args, { env: { FETTLE_DEVICE: 'cuda' } })]) {
    expect(result.code).toBe(3);
    expect(result.stderr).toMatch(/FETTLE_DEVICE: .*\nhint: .*device: cpu/);
  }
});

test('chat answers each line of its input', async () => {
  const child = spawn(process.execPath, [cliMain, 'chat', '--model', smallModel, '--max-tokens', '3'], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end('Hi\n\n/clear\nHi\n/exit\nnot reached\n');
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  expect(stdout.endsWith('\n')).toBe(true);
  const half = stdout.length / 2;
  expect(stdout.slice(0, half)).toBe(stdout.slice(half));
});
