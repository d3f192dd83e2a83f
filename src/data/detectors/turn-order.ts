/** Conversations whose turns do not alternate, begin with an answer, or end without one. */
import { finding } from '../findings.ts';
import type { ChatRow } from '../row.ts';
import type { Detector } from './detector.ts';

export function turnOrder(): Detector {
  return {
    *row(row) {
      if (row.kind !== 'chat') return;
      const { file, line } = row;
      const found = disorder(row);
      if (found !== undefined) yield finding('turn-order', { file, line, ...found });
    },
  };
}

function disorder({ turns, turnFields }: ChatRow): { field: string; message: string } | undefined {
  for (const [i, turn] of turns.entries()) {
    const before = turns[i - 1]?.role;
    const field = turnFields[i]!;
    if (turn.role === 'system' && i > 0) return { field, message: 'expected the system turn first, found it inside the conversation' };
    if (turn.role === 'user' && before === 'user')
      return { field, message: 'expected an answer after the user turn, found another user turn' };
    if (turn.role !== 'assistant') continue;
    if (before === 'assistant') return { field, message: 'expected a user turn after the answer, found another answer' };
    if (before === undefined || before === 'system') return { field, message: 'expected a user turn first, found an answer' };
  }
  const last = turns.length - 1;
  if (turns[last]!.role === 'assistant') return undefined;
  return { field: turnFields[last]!, message: `expected an answer at the end, found a ${turns[last]!.role} turn` };
}
