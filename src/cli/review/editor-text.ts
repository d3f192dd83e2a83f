/** The turns of a row as a text for an editor, and back. */
import type { EditedTurn } from '../../data/review/decision.ts';

const roles: readonly EditedTurn['role'][] = ['system', 'user', 'assistant', 'tool', 'text'];
const help = `Change the texts below the lines that name the turns; turns may be added and removed (${roles.slice(0, 4).join(', ')}).
Save and close to go on. Without a change nothing happens. These first lines are left out.`;

/** One marked line a turn, its text below. A mark is longer than anything like it in the texts. */
export function toEditorText(turns: readonly EditedTurn[]): string {
  const mark = markFor(turns);
  return `${help}\n\n${turns.map(({ role, content }) => `${mark} ${role}\n${content}\n`).join('\n')}`;
}

/** The turns of an edited text, or what is wrong with it. @param before what the text was made from */
export function fromEditorText(text: string, before: readonly EditedTurn[]): EditedTurn[] | string {
  const mark = markFor(before);
  const turns: { role: EditedTurn['role']; lines: string[] }[] = [];
  for (const line of text.replaceAll('\r\n', '\n').split('\n')) {
    if (line.startsWith(`${mark} `)) {
      const role = roles.find((one) => one === line.slice(mark.length).trim());
      if (role === undefined) return `expected one of ${roles.slice(0, 4).join(', ')} after ${mark}, found ${JSON.stringify(line)}`;
      turns.push({ role, lines: [] });
    } else turns.at(-1)?.lines.push(line);
  }
  if (turns.length === 0) return `expected lines that begin with ${mark} and name the turns, found none`;
  return turns.map(({ role, lines }) => ({ role, content: withoutOwnLines(lines) }));
}

/** The blank line that stands between turns, and the end of the last line, are no part of a text. */
function withoutOwnLines(lines: readonly string[]): string {
  return lines.join('\n').replace(/\n+$/, '');
}

function markFor(turns: readonly EditedTurn[]): string {
  const longest = turns.flatMap(({ content }) => content.match(/^=+/gm) ?? []).reduce((most, run) => Math.max(most, run.length), 3);
  return '='.repeat(longest + 1);
}

/** Whether an edit changed anything; a text that ended in line breaks may have lost them. */
export function sameTurns(a: readonly EditedTurn[], b: readonly EditedTurn[]): boolean {
  return a.length === b.length && a.every(({ role, content }, i) => role === b[i]!.role && content.trimEnd() === b[i]!.content.trimEnd());
}
