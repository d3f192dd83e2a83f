/** Near-duplicates, contradictions (the same question, diverging answers) and answers that were pasted to another question. */
import { type Finding, finding } from '../findings.ts';
import type { Row } from '../row.ts';
import { type NearRows, RowSimilarity, sameAnswer, sameQuestion } from '../similarity/near-rows.ts';
import { answersOf } from '../texts.ts';
import { answersConflict, asksSame, differInNumbers } from './contradiction.ts';
import type { Detector } from './detector.ts';

/** An answer that was pasted is nearly the same to the letter. */
const pastedAnswer = 0.9;
/** Shorter answers (labels, "Yes.") may well be the same. */
const pastedWords = 8;
/** An answer that more rows share is a deliberate one. */
const cannedRows = 5;

interface Kept {
  line: number;
  hash: string;
  answer: string;
}

export function nearDuplicate(): Detector {
  const similarity = new RowSimilarity();
  const kept: Kept[] = [];
  let file = '';
  let left = 0;
  return {
    *row(row: Row) {
      file = row.file;
      if (row.kind === 'tokens') return;
      if (left > 0 || !similarity.add(row)) left++;
      else
        kept.push({
          line: row.line,
          hash: row.hash,
          answer: answersOf(row)
            .map(({ text }) => text)
            .join('\n'),
        });
    },
    *finish() {
      const pairs = similarity.pairs();
      const questions = similarity.ownQuestions();
      const shared = new Map<number, number>();
      for (const { a, b, answer } of pairs) if (answer >= pastedAnswer) for (const i of [a, b]) shared.set(i, (shared.get(i) ?? 0) + 1);
      const reported = new Set<string>();
      for (const pair of pairs) {
        const code = judge(pair, kept, questions, Math.max(shared.get(pair.a) ?? 0, shared.get(pair.b) ?? 0));
        if (code === undefined || reported.has(`${pair.b} ${code}`)) continue;
        reported.add(`${pair.b} ${code}`);
        yield describe(code, pair, kept, file);
      }
      if (left > 0)
        yield finding('search-limited', {
          file,
          line: null,
          message: `near-duplicates were searched among the first ${kept.length} rows, not the other ${left}`,
        });
    },
  };
}

type PairCode = 'near-duplicate' | 'contradiction' | 'duplicate-answer';

function judge(
  { a, b, question, answer }: NearRows,
  kept: readonly Kept[],
  questions: readonly string[],
  shared: number,
): PairCode | undefined {
  const [first, later] = [kept[a]!, kept[b]!];
  if (first.hash === later.hash) return undefined;
  const asked = questions[a] !== '' || questions[b] !== '';
  if (asked && question < sameQuestion) {
    const pasted = answer >= pastedAnswer && shared <= cannedRows && later.answer.split(/\s+/).length >= pastedWords;
    return pasted ? 'duplicate-answer' : undefined;
  }
  const same = !asked || asksSame(questions[a]!, questions[b]!, question);
  if (answer < sameAnswer) return same && asked ? 'contradiction' : undefined;
  if (asked && same && answersConflict(first.answer, later.answer)) return 'contradiction';
  return same || !differInNumbers(first.answer, later.answer) ? 'near-duplicate' : undefined;
}

function describe(code: PairCode, { a, b, question, answer }: NearRows, kept: readonly Kept[], file: string): Finding {
  const first = kept[a]!.line;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const messages: Record<PairCode, string> = {
    'near-duplicate': `nearly the same as line ${first} (question ${percent(question)}, answer ${percent(answer)} alike)`,
    contradiction: `asks the same as line ${first} (${percent(question)} alike) and answers otherwise (${percent(answer)} alike)`,
    'duplicate-answer': `answers in the words of line ${first} (${percent(answer)} alike), which asks something else`,
  };
  return finding(code, { file, line: kept[b]!.line, of_line: first, message: messages[code] });
}
