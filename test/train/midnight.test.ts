import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { finetune } from '../../src/train/finetune.ts';
import { bundledModel } from '../cli/small-model.ts';
import { collect } from './fake-job.ts';
import { temporaryFolder } from './temporary-folder.ts';

afterEach(() => vi.useRealTimers());

/** The bundled model with a chat template that writes the date, as Llama 3.1's does. */
function datedModel(folder: string): string {
  const path = join(folder, 'model');
  cpSync(bundledModel, path, { recursive: true });
  const file = join(path, 'tokenizer_config.json');
  const config = JSON.parse(readFileSync(file, 'utf8'));
  const chat_template = `{{ '<|im_start|>system\\nToday is ' + strftime_now('%d %B %Y') + '<|im_end|>\\n' }}${config.chat_template}`;
  writeFileSync(file, JSON.stringify({ ...config, chat_template }));
  return path;
}

test('a run resumed after midnight trains on the rows it began with, though its template writes the date', async () => {
  const folder = temporaryFolder();
  const rows = Array.from({ length: 40 }, (_, i) => JSON.stringify({ prompt: `Say ${i}.`, completion: `It is ${i}.` }));
  writeFileSync(join(folder, 'rows.jsonl'), rows.join('\n'));
  const config = {
    model: datedModel(folder),
    quantization: 'none' as const,
    method: { r: 2 },
    data: { path: join(folder, 'rows.jsonl') },
    train: { max_steps: 3, batch_size: 4 },
    output_dir: join(folder, 'run'),
  };
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-31T23:59:58') });
  const controller = new AbortController();
  await collect(finetune(config, { signal: controller.signal }), ({ type }) => type === 'step' && controller.abort());
  vi.setSystemTime(new Date('2026-04-01T00:00:03'));
  const events = await collect(finetune(config, { resume: true }));
  expect(events.at(-1)).toMatchObject({ type: 'done', step: 3 });
});
