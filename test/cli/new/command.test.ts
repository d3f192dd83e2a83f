import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { useFolder } from '../folder.ts';
import { runCli } from '../run-cli.ts';

const folder = useFolder();
const lines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('without a terminal it says what to use instead', () => {
  expect(runCli(['new', 'rows.jsonl'], { cwd: folder.path })).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/FETTLE_USAGE[\s\S]*--add[\s\S]*--missing/),
  });
});

test('rows from a pipe: the good ones are added, the others named; then what is missing', () => {
  const row = (topic: string, input: string, output: string) => JSON.stringify({ topic, instruction: 'Help.', input, output });
  const input = [
    row('care', 'How do I clean the kettle?', 'Boil water with citric acid in it, then rinse it twice.'),
    row('care', 'How do I clean the kettle?', 'Boil water with citric acid in it, then rinse it twice.'),
    row('repair', 'Who repairs lamps here?', ''),
    'nonsense',
    row('repair', 'Who mends radios in town?', 'The workshop behind the old station does.'),
  ].join('\n');
  const { path: cwd } = folder;
  const { code, stdout } = runCli(['new', 'rows.jsonl', '--add', '-', '--json'], { cwd, input });
  expect(code).toBe(2);
  expect(lines(stdout)).toMatchObject([
    { line: 1, added: 1, problems: [] },
    { line: 2, added: null, problems: [{ message: expect.stringContaining('same content') }] },
    { line: 3, added: null, problems: [{ field: 'output' }] },
    { line: 4, added: null },
    { line: 5, added: 2 },
    { summary: { added: 2, left_out: 3, rows: 2 } },
  ]);
  expect(lines(readFileSync(path.join(cwd, 'rows.jsonl'), 'utf8')).map(({ topic }) => topic)).toEqual(['care', 'repair']);

  const missing = runCli(['new', 'rows.jsonl', '--missing', '--json', '--topics', 'care,repair,returns', '--goal', '6'], { cwd });
  expect(lines(missing.stdout)).toMatchObject([
    { topic: 'returns', rows: 0, wanted: 2, missing: 2 },
    { topic: 'care', rows: 1, missing: 1 },
    { topic: 'repair', rows: 1, missing: 1 },
    { summary: { file: 'rows.jsonl', rows: 2, goal: 6, missing: 4 } },
  ]);
  expect(runCli(['new', 'rows.jsonl', '--missing'], { cwd }).stdout).toContain('rows.jsonl: 2 of 50 examples');
});
