import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { useFolder } from './folder.ts';
import { runCli } from './run-cli.ts';
import { alpacaRows, smallModel } from './small-model.ts';

const folder = useFolder();
const lines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('split writes every row once, and seals the test part', () => {
  const rows = alpacaRows(50);
  folder.write('rows.jsonl', rows);
  const { code, stdout } = runCli(['split', 'rows.jsonl', '--out', 'parts', '--stratify-by', 'topic', '--json'], { cwd: folder.path });
  expect(code).toBe(0);
  const report = JSON.parse(stdout) as { files: string[]; rows: Record<string, number> };
  expect(report.rows.train).toBe(40);
  const written = ['train', 'validation', 'test'].flatMap((part) =>
    lines(readFileSync(path.join(folder.path, 'parts', `${part}.jsonl`), 'utf8')),
  );
  const key = (row: object) => JSON.stringify(row);
  expect(written.map(key).sort()).toEqual(lines(rows).map(key).sort());
  expect(existsSync(path.join(folder.path, '.fettle', 'seals', 'rows.json'))).toBe(true);

  const refused = runCli(['convert', 'rows.jsonl', '--to', 'tokens', '--model', smallModel, '--out', 'all.jsonl'], { cwd: folder.path });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('FETTLE_SEALED');
  expect(existsSync(path.join(folder.path, 'all.jsonl'))).toBe(false);
});

test('split keeps rows of a JSON array on one line apart', () => {
  folder.write(
    'rows.json',
    `[${lines(alpacaRows(20))
      .map((row) => JSON.stringify(row))
      .join(', ')}]`,
  );
  expect(runCli(['split', 'rows.json', '--out', 'parts'], { cwd: folder.path }).code).toBe(0);
  expect(lines(readFileSync(path.join(folder.path, 'parts', 'train.jsonl'), 'utf8'))).toHaveLength(16);
});

test('convert --to tokens writes rows as training uses them', () => {
  folder.write('rows.jsonl', alpacaRows(3));
  const { code, stdout } = runCli(['convert', 'rows.jsonl', '--to', 'tokens', '--model', smallModel], { cwd: folder.path });
  expect(code).toBe(0);
  for (const row of lines(stdout)) {
    expect(Object.keys(row)).toEqual(['input_ids', 'labels']);
    const [ids, labels] = [row.input_ids as number[], row.labels as number[]];
    const trained = labels.flatMap((label, i) => (label === -100 ? [] : [i]));
    expect(trained.length).toBeGreaterThan(3);
    expect(trained.map((i) => labels[i])).toEqual(trained.map((i) => ids[i]));
  }
});

test('convert to another shape, and back', () => {
  folder.write('rows.jsonl', alpacaRows(3));
  const chats = runCli(['convert', 'rows.jsonl', '--to', 'messages', '--out', 'chats.jsonl'], { cwd: folder.path });
  expect([chats.code, chats.stdout]).toEqual([0, '']);
  const back = runCli(['convert', 'chats.jsonl', '--to', 'alpaca'], { cwd: folder.path });
  expect(lines(back.stdout)).toMatchObject(lines(alpacaRows(3)));
});

test('check names every bad row and exits with 2; a good file with 0', () => {
  folder.write('good.jsonl', alpacaRows(3));
  expect(runCli(['check', 'good.jsonl'], { cwd: folder.path })).toMatchObject({ code: 0, stderr: '' });
  folder.write('bad.jsonl', `${alpacaRows(1)}{"instruction": "a", "output": ""}\nnope\n`);
  const { code, stdout } = runCli(['check', 'bad.jsonl', '--json'], { cwd: folder.path });
  expect(code).toBe(2);
  expect(lines(stdout)).toMatchObject([
    { code: 'empty-answer', severity: 'error', file: 'bad.jsonl', line: 2, field: 'output' },
    { code: 'invalid-json', line: 3 },
    { summary: { rows: 3, usable: 1 } },
  ]);
});

test('check --show-mask marks what is trained', () => {
  folder.write('rows.jsonl', alpacaRows(2));
  const { stdout } = runCli(['check', 'rows.jsonl', '--model', smallModel, '--show-mask', '1'], { cwd: folder.path });
  expect(stdout).toContain('⟦It is 0.<|im_end|>⟧');
  expect(stdout).not.toContain('⟦It is 1.');
});

test.each([
  ['empty', Buffer.from(''), 'FETTLE_DATA_EMPTY'],
  ['UTF-16', Buffer.from('\ufeff{"a": 1}\n', 'utf16le'), 'FETTLE_DATA_ENCODING'],
])('an %s file is refused by every command, and nothing is written', (_, content, code) => {
  folder.write('rows.jsonl', content);
  for (const args of [
    ['check', 'rows.jsonl'],
    ['split', 'rows.jsonl', '--out', 'parts'],
    ['convert', 'rows.jsonl', '--to', 'messages', '--out', 'out.jsonl'],
  ]) {
    const result = runCli(args, { cwd: folder.path });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(code);
  }
  expect(existsSync(path.join(folder.path, 'parts'))).toBe(false);
  expect(existsSync(path.join(folder.path, 'out.jsonl'))).toBe(false);
});
