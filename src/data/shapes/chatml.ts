/** ChatML written out in a text: <|im_start|>role\n...<|im_end|>. Such a text trains as it stands; `fettle convert` makes turns of it. */
import type { Turn } from '../row.ts';

const turn = /<\|im_start\|>(system|user|assistant|tool)[ \t]*\r?\n([\s\S]*?)(?:<\|im_end\|>|$)/g;

/** The turns of a text that is ChatML from its beginning to its end; undefined for other texts. */
export function chatmlTurns(text: string): Turn[] | undefined {
  const turns: Turn[] = [...text.matchAll(turn)].map(([, role, content]) => ({ role: role as Turn['role'], content: content! }));
  const rest = text.replaceAll(turn, '').replaceAll(/<\|endoftext\|>|<s>|<\/s>/g, '');
  return turns.length > 0 && rest.trim() === '' ? turns : undefined;
}
