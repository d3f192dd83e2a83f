/** JSON Lines: one object a line; blank lines are skipped. */
import { readLines } from './lines.ts';
import { parseJson } from './parse-json.ts';
import { type Flaw, isFlaw, type RawRecord } from './record.ts';
import type { Source } from './source.ts';

export async function* readJsonl(source: Source): AsyncGenerator<RawRecord | Flaw> {
  for await (const line of readLines(source.chunks, source.path)) {
    if (isFlaw(line)) yield line;
    else if (line.text.trim() !== '') yield parseJson(line.text, source.path, line.line);
  }
}
