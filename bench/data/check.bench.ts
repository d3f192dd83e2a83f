/**
 * `node bench/data/check.bench.ts [rows] [megabytes]`: `fettle check` on 200,000 rows and on a file of 2 GB (or as many as asked for):
 * wall time, processor time and the most memory, each in a process of its own. The files are made in the temporary folder and removed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkDataset } from '../../src/data/check.ts';
import { type RowsOptions, writeEnglishRows } from './english-rows.ts';

interface Measured {
  wall: number;
  cpu: number;
  maxRss: number;
  findings: number;
}

async function measure(path: string): Promise<Measured> {
  let findings = 0;
  for await (const found of checkDataset(path)) if (!('summary' in found)) findings++;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { wall: performance.now() / 1000, cpu: (userCPUTime + systemCPUTime) / 1e6, maxRss: maxRSS * 1024, findings };
}

function inOwnProcess(path: string): Measured {
  const { stdout, stderr, status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--measure', path], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Measured;
}

async function compare(options: RowsOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-bench-'));
  try {
    const path = join(folder, 'rows.jsonl');
    const rows = await writeEnglishRows(path, options);
    const { wall, cpu, maxRss, findings } = inOwnProcess(path);
    const cells = [rows, `${(statSync(path).size / 1e6).toFixed(0)} MB`, `${wall.toFixed(0)} s`, `${cpu.toFixed(0)} s`];
    console.log(`| ${[...cells, `${(maxRss / 2 ** 30).toFixed(2)} GiB`, findings].join(' | ')} |`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [first, second] = process.argv.slice(2);
if (first === '--measure') console.log(JSON.stringify(await measure(second!)));
else {
  console.log(`${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, Node.js ${process.version}\n`);
  console.log('| rows | file | wall | processor | most memory | findings |\n|---|---|---|---|---|---|');
  await compare({ rows: Number(first ?? 200_000) });
  await compare({ bytes: Number(second ?? 2000) * 1e6 });
}
