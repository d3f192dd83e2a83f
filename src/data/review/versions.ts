/** Which rows are versions of one another by a reviewer's edit: where one is sealed, so are the others. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hashOfTurns } from './decision.ts';
import { readDecisionFile } from './decision-file.ts';

/** Hash to the hashes it was edited to or from. */
export type Versions = Map<string, Set<string>>;

/** The edits of all reviews in `folder`/.fettle/reviews, also those that a later decision took back. Throws as `readDecisionFile`. */
export async function readVersions(folder: string, into: Versions): Promise<void> {
  const kept = join(folder, '.fettle', 'reviews');
  const names = await readdir(kept).catch(() => []);
  for (const name of names.filter((one) => one.endsWith('.jsonl'))) {
    const { decisions } = await readDecisionFile(join(kept, name));
    for (const { hash, turns } of decisions) if (turns !== undefined) link(into, hash, hashOfTurns(turns));
  }
}

function link(versions: Versions, a: string, b: string): void {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const)
    versions.set(one, (versions.get(one) ?? new Set()).add(other));
}

/** `hashes` and every version of them. */
export function withVersions(hashes: Iterable<string>, versions: Versions): Set<string> {
  const all = new Set(hashes);
  if (versions.size > 0) for (const hash of all) for (const other of versions.get(hash) ?? []) all.add(other); // a set goes on to what is added
  return all;
}
