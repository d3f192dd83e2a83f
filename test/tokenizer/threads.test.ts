import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const from = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
const small = new URL('../fixtures/tokenizer/small/', import.meta.url).pathname;

const encode = `
  import { loadTokenizerFromFolder } from ${from('../../src/model/tokenizer/from-folder.ts')};
  const { tokenizer } = await loadTokenizerFromFolder(${JSON.stringify(small)});
  const ids = tokenizer.encode('two threads').ids.join();
`;

test('a process that used a tokenizer ends by itself', async () => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', `${encode} console.log(ids);`], { timeout: 20_000 });
  expect(stdout).toMatch(/^[\d,]+\n$/);
});

test('two worker threads at once each have their own, and the process ends', async () => {
  const worker = `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads'; ${encode} parentPort.postMessage(ids);`)}`;
  const main = `
    import { Worker } from 'node:worker_threads';
    const answers = [1, 2].map(() => new Promise((resolve, reject) => {
      new Worker(new URL(${JSON.stringify(worker)}), { execArgv: [] }).on('message', resolve).on('error', reject);
    }));
    const [a, b] = await Promise.all(answers);
    console.log(a === b && a.length > 0);
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', main], { timeout: 20_000 });
  expect(stdout).toBe('true\n');
});
