import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadDataset } from '../../src/data/dataset.ts';
import { rankRunRows } from '../../src/train/run-rows.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A run that trained 24 rows on two themes twice; the answer of row 5 was wrong. */
async function makeRun() {
  const folder = temporaryFolder();
  const data = join(folder, 'rows.jsonl');
  const themes = ['Where is my parcel, order', 'How do I clean the kettle, model'];
  const rows = Array.from({ length: 24 }, (_, i) => ({
    instruction: 'Answer the customer.',
    input: `${themes[i % 2]} ${1000 + i}?`,
    output: i % 2 === 0 ? 'It is on its way.' : 'Use vinegar.',
  }));
  writeFileSync(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const run = join(folder, 'run');
  mkdirSync(run);
  writeFileSync(join(run, 'config.yaml'), stringify({ model: 'm', data: { path: data }, output_dir: run }));
  const trained = (await loadDataset(data)).rows;
  const ledger = [1, 2, 3].flatMap((epoch) =>
    trained.map(({ hash, line }, i) => {
      const loss = i === 4 ? 2.9 : 3 / epoch ** 2 + 0.01 * (i % 3);
      return { step: (epoch - 1) * 24 + i + 1, epoch, hash, line, loss, supervised_tokens: 4 };
    }),
  );
  writeFileSync(join(run, 'ledger.jsonl'), ledger.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return { run, data, rows };
}

test('the suspicious row comes first, with its place, losses, neighbours and text', async () => {
  const { run, data } = await makeRun();
  const { rows, ...summary } = await rankRunRows(run);
  expect(rows[0]).toMatchObject({ class: 'suspicious', file: data, line: 5, losses: [2.9, 2.9, 2.9], supervised_tokens: 4 });
  expect(rows[0]!.preview).toBe('Where is my parcel, order 1004? -> It is on its way.');
  expect(rows[0]!.neighbours).toHaveLength(5);
  expect(rows[0]!.neighbours.every(({ line, loss }) => line % 2 === 1 && line !== 5 && loss < 0.5)).toBe(true);
  expect(rows.slice(1).every((row) => row.class === 'learned')).toBe(true);
  expect(summary).toMatchObject({ epochs: 3, counts: { suspicious: 1, learned: 23 }, missing: 0, data_problem: null });
});

test('rows that moved are found by content; rows that are gone keep their losses', async () => {
  const { run, data, rows } = await makeRun();
  const now = [...rows.slice(4), { ...rows[3]!, output: 'Changed.' }];
  writeFileSync(data, now.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const ranked = await rankRunRows(run);
  expect(ranked.rows[0]).toMatchObject({ class: 'suspicious', line: 1 });
  expect(ranked.missing).toBe(4);
  expect(
    ranked.rows
      .filter((row) => row.preview === null)
      .map(({ line }) => line)
      .sort(),
  ).toEqual([1, 2, 3, 4]);
  rmSync(data);
  const alone = await rankRunRows(run);
  expect(alone).toMatchObject({ missing: 24, data_problem: expect.stringContaining(data) });
  expect(alone.rows[0]).toMatchObject({ class: 'never-learned', line: 5, suspicion: null });
});

test('a folder without a ledger', async () => {
  await expect(rankRunRows(temporaryFolder())).rejects.toMatchObject({
    code: 'FETTLE_FILE_NOT_FOUND',
    hint: expect.stringContaining('output_dir'),
  });
});
