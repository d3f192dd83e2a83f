import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { useFolder } from './folder.ts';
import { cliMain, runCli } from './run-cli.ts';
import { alpacaRows, bundledModel, smallModel } from './small-model.ts';

const folder = useFolder();

/** The tier of plain loops, on one thread: engine work then takes long enough to be interrupted in the middle. */
const slowEngine = { FETTLE_CPU_ISA: 'scalar', FETTLE_THREADS: '1' };

interface Running {
  child: ChildProcess;
  stdout: () => string;
  stderr: () => string;
  /** Resolves when the output so far holds `text`. */
  shows: (stream: 'stdout' | 'stderr', text: string) => Promise<void>;
}

function start(args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [cliMain, ...args], { cwd: folder.path, env: { ...process.env, ...env } });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name]!.on('data', (chunk: Buffer) => (output[name] += chunk.toString()));
  const shows = async (name: 'stdout' | 'stderr', text: string) => {
    while (!output[name].includes(text)) await once(child[name]!, 'data');
  };
  return { child, stdout: () => output.stdout, stderr: () => output.stderr, shows };
}

async function closed({ child }: Running): Promise<{ code: number | null; seconds: number }> {
  const begun = performance.now();
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, seconds: (performance.now() - begun) / 1000 };
}

function writeConfig(model: string, rows: string, train: string): void {
  folder.write('rows.jsonl', rows);
  folder.write(
    'fettle.yaml',
    `model: ${model}\nquantization: none\nmethod: { r: 4 }\ndata: { path: rows.jsonl }\ntrain: ${train}\noutput_dir: run\n`,
  );
}

const longRow = (i: number) => ({ instruction: `Say number ${i}. `.repeat(40), output: `It is ${i}. `.repeat(60) });
const longRows = Array.from({ length: 120 }, (_, i) => `${JSON.stringify(longRow(i))}\n`).join('');

test.each(['SIGINT', 'SIGTERM'] as const)('the first %s saves a checkpoint and exits with 130, and --resume goes on', async (signal) => {
  writeConfig(smallModel, alpacaRows(60), '{ epochs: 500, batch_size: 8, early_stopping: null, eval_steps: 1000 }');
  const run = start(['train', '--json']);
  await run.shows('stdout', '"step":3,');
  run.child.kill(signal);
  expect(await closed(run)).toMatchObject({ code: 130 });
  expect(run.stderr()).toContain('stopping: saving a checkpoint; once more to stop at once');
  const stopped = JSON.parse(run.stdout().trimEnd().split('\n').at(-1)!) as { type: string; step: number; checkpoint: string };
  expect(stopped.type).toBe('stopped');
  expect(existsSync(path.join(folder.path, stopped.checkpoint, 'adapter_model.safetensors'))).toBe(true);

  const more = runCli(['train', '--resume', '--set', `train.max_steps=${stopped.step + 1}`, '--json'], { cwd: folder.path });
  expect(more.code).toBe(0);
  const steps = more.stdout.split('\n').filter((line) => line.includes('"type":"step"'));
  expect(steps.map((line) => JSON.parse(line).step)).toEqual([stopped.step + 1]);
});

test('the second Ctrl-C does not wait for the micro-batch', async () => {
  writeConfig(bundledModel, longRows, '{ epochs: 1, batch_size: 8, micro_batch_tokens: 4096 }');
  const run = start(['train', '--json'], slowEngine);
  await run.shows('stdout', '"type":"start"');
  await setTimeout(500); // into the first evaluation
  run.child.kill('SIGINT');
  await run.shows('stderr', 'once more');
  run.child.kill('SIGINT');
  const { code, seconds } = await closed(run);
  expect(code).toBe(130);
  expect(seconds).toBeLessThan(2);
  expect(run.stdout()).not.toContain('"stopped"');
  expect(readFileSync(path.join(folder.path, 'run', 'metrics.jsonl'), 'utf8')).toBe('');
});

test('Ctrl-C ends eval with 130 and says what was interrupted', async () => {
  folder.write('rows.jsonl', longRows);
  const run = start(['eval', '--model', bundledModel, '--data', 'rows.jsonl', '--json'], {
    ...slowEngine,
    FETTLE_CPU_ISA: 'portable',
  });
  await run.shows('stderr', 'rows');
  run.child.kill('SIGINT');
  expect(await closed(run)).toMatchObject({ code: 130 });
  expect(run.stderr()).toContain('FETTLE_INTERRUPTED');
  expect(run.stderr()).not.toContain('AbortError');
});

test('Ctrl-C ends generate with 130; the text so far stays on stdout', async () => {
  const run = start(['generate', '--model', smallModel, '--prompt', 'Hi', '--max-tokens', '400', '--ignore-eos'], slowEngine);
  await once(run.child.stdout!, 'data');
  run.child.kill('SIGINT');
  expect(await closed(run)).toMatchObject({ code: 130 });
  expect(run.stdout()).not.toBe('');
});
