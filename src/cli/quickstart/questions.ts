/** Questions of the validation part, which the model was not trained on. */
import path from 'node:path';
import type { FettleConfig } from '../../config/schema.ts';
import { loadDataset } from '../../data/dataset.ts';
import type { Turn } from '../../data/row.ts';
import { readSplitFile } from '../../data/split-file.ts';

/** The turns before the last answer of `count` validation rows, each of another stratum while there are some. */
export async function validationQuestions({ data, output_dir }: FettleConfig, count: number): Promise<Turn[][]> {
  const parts = await readSplitFile(path.join(output_dir, 'splits.json'));
  const validation = new Set(parts?.validation ?? []);
  const { rows } = await loadDataset(data.path ?? data.validation!, { format: data.format });
  const field = data.split.stratify_by;
  const first = new Map<unknown, Turn[]>();
  const others: Turn[][] = [];
  for (const row of rows) {
    if (row.kind !== 'chat' || !validation.has(row.hash)) continue;
    const question = row.turns.slice(
      0,
      row.turns.findLastIndex(({ role }) => role === 'assistant'),
    );
    const stratum = field === null ? row.hash : row.fields[field];
    if (first.has(stratum)) others.push(question);
    else first.set(stratum, question);
  }
  return [...first.values(), ...others].slice(0, count);
}
