import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { carrySeals } from '../../../src/data/carry-seals.ts';
import { loadDataset } from '../../../src/data/dataset.ts';
import { openSealed } from '../../../src/data/openings.ts';
import { turnsOf } from '../../../src/data/review/decision.ts';
import { decisionPath } from '../../../src/data/review/decision-file.ts';
import { ReviewSession } from '../../../src/data/review/session.ts';
import type { Row } from '../../../src/data/row.ts';
import { findSeals, refuseSealed } from '../../../src/data/seal.ts';
import { sealSplit, splitWithSeals } from '../../../src/data/sealed-split.ts';
import { sealPath } from '../../../src/data/split-file.ts';
import { decide, freshFolder, rawRows } from './support.ts';

const config = { train: 0.8, validation: 0.1, test: 0.1, seed: 42, stratify_by: null, group_by: null };
const words = ['kettle', 'radio', 'lamp', 'phone', 'screen', 'mouse', 'cable', 'drone', 'printer', 'camera'];

function rowsFile(): string {
  const path = join(freshFolder(), 'rows.jsonl');
  const row = (i: number) => ({
    instruction: `Is the ${words[i % 10]} of order ${i * 7919} here?`,
    output: `Order ${i * 104729} of a ${words[i % 7]}: yes.`,
  });
  writeFileSync(path, Array.from({ length: 40 }, (_, i) => `${JSON.stringify(row(i))}\n`).join(''));
  return path;
}

async function split(path: string) {
  const made = (await splitWithSeals(await loadDataset(path), config)).split;
  await sealSplit(made, join(dirname(path), 'run'));
  return made;
}

/** Another wording of a row, as a reviewer would edit it. */
const edited = (row: Row) => turnsOf(row)!.map((turn) => ({ ...turn, content: `${turn.content} Well.` }));
const edit = (path: string, row: Row) => decide(path, [{ hash: row.hash, decision: 'edited', turns: edited(row) }]);
const pasted = (row: Row) => {
  const path = join(dirname(row.file), 'pasted.jsonl');
  writeFileSync(path, `${JSON.stringify({ messages: edited(row) })}\n`);
  return path;
};

async function refused(path: string): Promise<boolean> {
  const { rows } = await loadDataset(path);
  const seals = await findSeals({ data: [path] });
  try {
    refuseSealed(rows, seals, 'training');
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: 'FETTLE_SEALED' });
    return true;
  }
}

test('an edited sealed row stays sealed: in its file, and pasted into another', async () => {
  const path = rowsFile();
  const [sealed] = (await split(path)).test.rows;
  const file = pasted(sealed!);
  expect(await refused(file)).toBe(false);
  await edit(path, sealed!);
  expect(await refused(file)).toBe(true);
  const again = await splitWithSeals(await loadDataset(path), { ...config, seed: 1 });
  expect(again.split.test.rows.map((row) => row.edited_from)).toContain(sealed!.hash);
  expect(again.split.report.sealed).toBe(4);
});

test('a row that was edited before it was sealed stays sealed when the edit is taken back, or lost', async () => {
  const path = rowsFile();
  const rows = await rawRows(path);
  for (const row of rows) await edit(path, row);
  const hashes = new Set((await split(path)).test.rows.map((row) => row.edited_from));
  const before = rows.filter((row) => hashes.has(row.hash));
  expect(before).toHaveLength(4);
  for (const row of before) await decide(path, [{ hash: row.hash, decision: 'accepted' }]);
  const sealedNow = async () => (await splitWithSeals(await loadDataset(path), { ...config, seed: 1 })).split.report.sealed;
  expect(await sealedNow()).toBe(4);
  rmSync(decisionPath(path));
  expect(await sealedNow()).toBe(4);
});

test('an edit that a session records is in the seal itself, with or without the review', async () => {
  const path = rowsFile();
  const [sealed] = (await split(path)).test.rows;
  const session = await ReviewSession.open(path, { reviewer: 'ada' });
  await session.decide([{ hash: sealed!.hash, decision: 'edited', turns: edited(sealed!) }]);
  rmSync(decisionPath(path));
  expect(await refused(pasted(sealed!))).toBe(true);
});

test('an edited row keeps the part that an earlier split gave it', async () => {
  const path = rowsFile();
  const { train, validation } = await split(path);
  for (const row of [...train.rows.slice(0, 10), ...validation.rows]) await edit(path, row);
  const { split: again } = await splitWithSeals(await loadDataset(path), config);
  const lines = (rows: readonly Row[]) => rows.map(({ line }) => line);
  expect(lines(again.validation.rows)).toEqual(lines(validation.rows));
  expect(lines(again.train.rows)).toEqual(lines(train.rows));
});

test('rows written elsewhere take their seal and its openings along', async () => {
  const path = rowsFile();
  const [sealed] = (await split(path)).test.rows;
  await edit(path, sealed!);
  const { rows } = await loadDataset(path);
  await openSealed(rows, await findSeals({ data: [path] }), { run: 'r', reason: 'first' });
  const target = join(freshFolder(), 'clean.jsonl');
  expect(await carrySeals(rows, path, target)).toBe(4);
  writeFileSync(target, rows.map(({ record }) => `${JSON.stringify(record)}\n`).join(''));
  expect(await refused(target)).toBe(true);
  const { rows: exported } = await loadDataset(target);
  const open = async (reason: string) => openSealed(exported, await findSeals({ data: [target] }), { run: 'r', reason });
  expect(await open('again')).toEqual({ times: 2, edited: false, rows: 4 });
  expect(await carrySeals(rows, path, target), 'a second time').toBe(4);
  expect(await open('third')).toEqual({ times: 3, edited: false, rows: 4 });
});

test('beside its data no second seal is made, and unsealed rows take none along', async () => {
  const path = rowsFile();
  const { train } = await split(path);
  const beside = join(dirname(path), 'clean.jsonl');
  expect(await carrySeals((await loadDataset(path)).rows, path, beside)).toBe(4);
  expect(existsSync(sealPath(beside))).toBe(false);
  const elsewhere = join(freshFolder(), 'deep', 'clean.jsonl');
  mkdirSync(dirname(elsewhere));
  expect(await carrySeals(train.rows, path, elsewhere)).toBe(0);
  expect(existsSync(sealPath(elsewhere))).toBe(false);
});
