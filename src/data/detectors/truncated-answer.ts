/** Answers that stop in the middle: of a sentence, a list, a bracket, a code block. */
import { type Finding, finding } from '../findings.ts';
import { answersOf } from '../texts.ts';
import type { Detector } from './detector.ts';

/** Where this share of the answers ends without a full stop, an end without one says nothing. */
const looseStyle = 0.25;
/** Shorter answers (labels, names) need no full stop. */
const sentenceWords = 5;
const mostSuspected = 50_000;

/** Words that no sentence ends with. */
const opens =
  /\b(?:and|or|but|the|a|an|to|of|with|for|in|on|at|by|from|as|if|because|that|which|your|our|my|their|its|is|are|was|were|will|can|should|must|you|we|I|then|when|while|than|into|about|this|these)$/i;
const listItem = /^\s*(?:\d{1,2}[.)]|[-*•])\s/;
const closed = /(?:[.!?…。！？؟।:;)\]}"'”’»*_`~|>]|\p{Extended_Pictographic}\uFE0F?|[\u{1F3FB}-\u{1F3FF}])$/u;

export function truncatedAnswer(): Detector {
  const suspected: Finding[] = [];
  let answers = 0;
  let loose = 0;
  return {
    *row(row) {
      const { file, line } = row;
      for (const { field, text } of answersOf(row)) {
        if (row.kind === 'chat' && text.trim() === '') continue;
        answers++;
        const why = plainlyCut(text);
        const end = text.trimEnd().slice(-60);
        if (why !== undefined) yield finding('truncated-answer', { file, line, field, value: end, message: why });
        else if (endsOpen(text)) {
          loose++;
          if (suspected.length < mostSuspected)
            suspected.push(finding('truncated-answer', { file, line, field, value: end, message: 'stops without the end of a sentence' }));
        }
      }
    },
    *finish() {
      if (loose <= Math.max(2, answers * looseStyle)) yield* suspected;
    },
  };
}

function plainlyCut(text: string): string | undefined {
  const end = text.trimEnd();
  if ((end.match(/```/g)?.length ?? 0) % 2 === 1) return 'stops inside a code block';
  if (/(?:^|\n)\s*(?:\d{1,2}[.)]|[-*•])$/.test(end)) return 'stops after the marker of a list item';
  if (/[,([{–—-]$/.test(end) && /\s/.test(end)) return `stops after "${end.at(-1)}"`;
  if (/\s/.test(end) && opens.test(end)) return `stops after "${opens.exec(end)![0]}"`;
  if (/[^\n]:$/.test(end) && end.split(/\s+/).length > sentenceWords) return 'stops after a colon';
  if (/(?<!\.)\.\.\.$|…$/.test(end) && end.split(/\s+/).length > sentenceWords) return 'ends in dots';
  const open = openBracket(end);
  return open === undefined ? undefined : `stops inside "${open}"`;
}

/** The last bracket that is not closed, if it stands in the last sentence; list markers and smileys are no brackets. */
function openBracket(end: string): string | undefined {
  const last = end.slice(-200).replaceAll(/[:;=]-?[()]/g, '');
  const at = last.lastIndexOf('(');
  return at >= 0 && !last.includes(')', at) && !last.includes('\n', at) ? '(' : undefined;
}

function endsOpen(text: string): boolean {
  const end = text.trimEnd();
  const words = end.split(/\s+/);
  // Links, addresses, numbers and code end as they are.
  if (words.length < sentenceWords || closed.test(end) || /[/@=\\]|\d$/.test(words.at(-1)!)) return false;
  const lines = end.split('\n').filter((line) => line.trim() !== '');
  const last = lines.at(-1)!;
  if (/^\s*[|#>]/.test(last)) return false;
  if (!listItem.test(last)) return true;
  // An item of a list ends as the others do; one of several sentences ends as a sentence.
  const others = lines.slice(0, -1).filter((line) => listItem.test(line));
  return /[.!?] \p{Lu}/u.test(last.replace(listItem, '')) || (others.length > 0 && others.every((line) => closed.test(line.trimEnd())));
}
