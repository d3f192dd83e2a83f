/** `new --missing`: what the data set still lacks. */
import type { NewRows } from '../../data/new-rows/new-rows.ts';
import { outColors as o, printJson, printLine } from '../output.ts';

export function printMissing(rows: NewRows, json: boolean): void {
  const { coverage, path, flaws } = rows;
  const { topics, goal, unlabelled } = coverage;
  if (json) {
    for (const topic of topics) printJson(topic);
    printJson({
      summary: { file: path, rows: coverage.rows, goal, missing: Math.max(0, goal - coverage.rows), unlabelled, unusable: flaws.length },
    });
    return;
  }
  printLine(`${o.bold(path)}: ${coverage.rows} of ${goal} examples`);
  const width = Math.max(0, ...topics.map(({ topic }) => topic.length));
  for (const { topic, rows: has, wanted, missing } of topics) {
    printLine(`  ${topic.padEnd(width)}  ${String(has).padStart(4)} of ${wanted}${missing > 0 ? o.yellow(`  ${missing} missing`) : ''}`);
  }
  if (unlabelled > 0) printLine(`  ${unlabelled} rows have no topic`);
}
