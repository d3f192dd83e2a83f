/** `review --decisions`: records what other tools, or people elsewhere, decided. */
import { text } from 'node:stream/consumers';
import { readText } from '../../config/read-text.ts';
import { readVerdicts } from '../../data/review/read-verdicts.ts';
import { ReviewSession } from '../../data/review/session.ts';
import { grouped } from '../numbers.ts';
import { printJson, printLine } from '../output.ts';
import type { ReviewFlags } from './flags.ts';

/** All decisions are checked before one is recorded. Throws FETTLE_DATA naming every line that does not fit. */
export async function pipeDecisions(
  data: string,
  from: string,
  { reviewer, format, json }: ReviewFlags & { reviewer: string },
): Promise<void> {
  const given = from === '-' ? await text(process.stdin) : await readText(from, { what: 'decisions', notUtf8: 'FETTLE_DATA_ENCODING' });
  const session = await ReviewSession.open(data, { reviewer, format });
  const read = readVerdicts(given, from === '-' ? '(stdin)' : from);
  const recorded = await session.decide(
    read.map(({ verdict, reviewer: by }) => ({ ...verdict, ...(by !== undefined && { reviewer: by }) })),
    read.map(({ place }) => place),
  );
  if (json) printJson({ read: read.length, recorded });
  else
    printLine(
      `${grouped(recorded)} decisions recorded${recorded < read.length ? `, ${grouped(read.length - recorded)} stood already` : ''}`,
    );
}
