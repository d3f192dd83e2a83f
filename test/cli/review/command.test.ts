import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { useFolder } from '../folder.ts';
import { runCli } from '../run-cli.ts';
import { alpacaRows } from '../small-model.ts';

const folder = useFolder();
const lines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const fettle = (args: readonly string[], input?: string) => runCli(args, { cwd: folder.path, ...(input !== undefined && { input }) });

test('without a terminal it says what to use instead', () => {
  folder.write('rows.jsonl', alpacaRows(3));
  const { code, stderr } = fettle(['review', 'rows.jsonl']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/FETTLE_USAGE[\s\S]*--json[\s\S]*--decisions/);
});

test('the queue out, decisions in, applied everywhere, a clean set out', () => {
  folder.write('rows.jsonl', `${alpacaRows(20)}{"topic": "tea", "instruction": "Say more.", "output": "Write to someone@example.org."}\n`);
  const queue = lines(fettle(['review', 'rows.jsonl', '--reviewer', 'ada', '--json', '--sample', '2']).stdout);
  expect(queue.pop()).toMatchObject({ summary: { reviewer: 'ada', rows: 21, decided: 0 } });
  const mail = queue.find((row) => row.line === 21)!;
  expect(mail).toMatchObject({ reason: 'finding', file: 'rows.jsonl', sealed: false, fields: { topic: 'tea' } });
  const sample = queue.find((row) => row.reason === 'sample')!;

  const turns = (mail.turns as { role: string; content: string }[]).map((turn) => ({
    ...turn,
    content: turn.content.replace('someone@example.org', 'us'),
  }));
  const decisions = [
    { ...mail, decision: 'edited', turns },
    { ...sample, decision: 'rejected', note: 'odd' },
  ];
  const piped = fettle(
    ['review', 'rows.jsonl', '--reviewer', 'ada', '--decisions', '-', '--json'],
    decisions.map((one) => JSON.stringify(one)).join('\n'),
  );
  expect(piped).toMatchObject({ code: 0, stdout: '{"read":2,"recorded":2}\n' });
  expect(existsSync(path.join(folder.path, '.fettle', 'reviews', 'rows.jsonl'))).toBe(true);

  const converted = fettle(['convert', 'rows.jsonl', '--to', 'messages']);
  expect(lines(converted.stdout)).toHaveLength(20);
  expect(converted.stdout).toContain('Write to us.');
  expect(converted.stderr).toContain('review by ada');
  const split = fettle(['split', 'rows.jsonl', '--out', 'parts', '--json']);
  expect(lines(split.stdout)[0]).toMatchObject({ review: { rows: { edited: 1, rejected: 1 } } });
  const parts = ['train', 'validation', 'test']
    .map((part) => readFileSync(path.join(folder.path, 'parts', `${part}.jsonl`), 'utf8'))
    .join('');
  expect(lines(parts)).toHaveLength(20);
  expect(parts).not.toContain('example.org');

  const exported = fettle(['review', 'rows.jsonl', '--export', 'clean.csv']);
  expect(exported).toMatchObject({ code: 0, stdout: expect.stringMatching(/^clean\.csv: 20 rows, 2 of them sealed there too\n$/) });
  const checked = lines(fettle(['check', 'clean.csv', '--json']).stdout).at(-1)!;
  expect(checked).toMatchObject({ summary: { rows: 20, usable: 20, review: null } });
});

test('decisions that do not fit name their lines, and none is recorded', () => {
  folder.write('rows.jsonl', alpacaRows(3));
  folder.write('decisions.jsonl', `{"hash": "${'a'.repeat(64)}", "decision": "accepted"}\n`);
  const { code, stdout } = fettle(['review', 'rows.jsonl', '--decisions', 'decisions.jsonl', '--json']);
  expect(code).toBe(2);
  expect(lines(stdout)[0]).toMatchObject({
    error: { code: 'FETTLE_DATA', problems: [{ file: 'decisions.jsonl', line: 1, field: 'hash' }] },
  });
  expect(existsSync(path.join(folder.path, '.fettle'))).toBe(false);
});

test('agreement of two reviewers', () => {
  folder.write('rows.jsonl', alpacaRows(4));
  const rows = lines(fettle(['review', 'rows.jsonl', '--json']).stdout).slice(0, -1);
  const say = (reviewer: string, decisions: readonly string[]) =>
    rows.map(({ hash }, i) => JSON.stringify({ hash, decision: decisions[i], reviewer })).join('\n');
  expect(fettle(['review', 'rows.jsonl', '--agreement'])).toMatchObject({ code: 2, stderr: expect.stringContaining('two reviewers') });
  const given = `${say('ada', ['accepted', 'accepted', 'rejected', 'rejected'])}\n${say('bob', ['accepted', 'rejected', 'rejected', 'rejected'])}`;
  fettle(['review', 'rows.jsonl', '--decisions', '-'], given);
  const [found] = lines(fettle(['review', 'rows.jsonl', '--agreement', '--json']).stdout);
  expect(found).toMatchObject({
    reviewers: ['ada', 'bob'],
    rows: 4,
    same: 3,
    percent: 75,
    kappa: 0.5,
    disagreements: [{ hash: rows[1]!.hash, file: 'rows.jsonl', line: rows[1]!.line }],
  });
  const text = fettle(['review', 'rows.jsonl', '--agreement', 'bob,ada']).stdout;
  expect(text).toContain("bob and ada: the same decision on 3 of 4 rows (75.0 %), Cohen's kappa 0.50");
  expect(fettle(['review', 'rows.jsonl', '--agreement', 'bob,eve']).code).toBe(2);
  expect(fettle(['check', 'rows.jsonl']).stderr).toContain('disagree on 1 row');
});
