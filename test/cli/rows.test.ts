import { expect, test } from 'vitest';
import { useFolder } from './folder.ts';
import { runCli } from './run-cli.ts';
import { alpacaRows, smallModel } from './small-model.ts';

const folder = useFolder();

test('rows ranks what train recorded, as a table and as JSON', () => {
  folder.write('rows.jsonl', alpacaRows(20));
  const settings = {
    model: smallModel,
    quantization: 'none',
    data: { path: 'rows.jsonl' },
    train: { epochs: 2, batch_size: 4 },
    output_dir: 'run',
  };
  folder.write('fettle.yaml', JSON.stringify(settings));
  const { path: cwd } = folder;
  expect(runCli(['train'], { cwd })).toMatchObject({ code: 0 });

  const { code, stdout } = runCli(['rows', '--run', 'run', '--json'], { cwd });
  expect(code).toBe(0);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.pop()).toMatchObject({ summary: { run: 'run', data: 'rows.jsonl', epochs: 2, rows: 16, missing: 0 } });
  expect(lines).toHaveLength(16);
  expect(lines[0]).toMatchObject({
    file: 'rows.jsonl',
    losses: [expect.any(Number), expect.any(Number)],
    preview: expect.stringContaining('Say number'),
  });

  const table = runCli(['rows', '--run', 'run', '--top', '2'], { cwd });
  expect(table.stdout).toMatch(/^run: 16 training rows, 2 epochs; median loss by epoch \d/);
  expect(table.stdout.match(/rows\.jsonl:\d+/g)!.length).toBeLessThanOrEqual(8);

  expect(runCli(['rows', '--run', '.'], { cwd })).toMatchObject({ code: 2, stderr: expect.stringContaining('FETTLE_FILE_NOT_FOUND') });
});
