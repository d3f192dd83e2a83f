/** Recall and false alarms of the check on planted sets. */
import { checkDataset } from '../../../src/data/check.ts';
import type { PlantedSet } from './plant.ts';
import { dataFile } from './write-data.ts';

/** Lines with an error or a warning, and those that such a finding names beside its own. */
export async function linesFound(rows: readonly object[], facts?: string): Promise<Set<number | null>> {
  const found = new Set<number | null>();
  for await (const one of checkDataset(dataFile(rows), facts === undefined ? {} : { facts })) {
    if ('summary' in one || one.severity === 'note') continue;
    found.add(one.line);
    if (one.of_line !== undefined) found.add(one.of_line);
  }
  return found;
}

export interface Measured {
  flaws: number;
  kinds: number;
  /** Set and kind of each flaw that was not found. */
  missed: string[];
  clean: number;
  /** Clean rows that were suspected. */
  alarms: number;
}

export async function measurePlanted(sets: readonly PlantedSet[]): Promise<Measured> {
  const measured: Measured = { flaws: 0, kinds: 0, missed: [], clean: 0, alarms: 0 };
  const kinds = new Set<string>();
  for (const { name, rows, flaws, twins } of sets) {
    const found = await linesFound(rows);
    const dirty = new Set([...flaws.map(({ line }) => line), ...twins]);
    for (const { line, kind } of flaws) {
      kinds.add(kind);
      if (!found.has(line)) measured.missed.push(`${name}: ${kind}`);
    }
    measured.flaws += flaws.length;
    measured.clean += rows.length - dirty.size;
    measured.alarms += [...found].filter((line) => line !== null && !dirty.has(line)).length;
  }
  return { ...measured, kinds: kinds.size };
}
