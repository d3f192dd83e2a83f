/** Near-duplicates, contradictions (the same question, diverging answers) and answers that were pasted to another question. */
import { type Finding, finding } from '../findings.ts';
import { type NearRows, type SimilarRows, sameAnswer, sameQuestion } from '../similarity/near-rows.ts';
import { answersConflict, asksSame, differInNumbers } from './contradiction.ts';
import { TemplateFamilies } from './template-family.ts';

/** An answer that was pasted is nearly the same to the letter. */
const pastedAnswer = 0.9;
/** Shorter answers (labels, "Yes.") may well be the same. */
const pastedWords = 8;
/** An answer that more rows share is a deliberate one. */
const cannedRows = 5;

/** What tells rows apart beside their texts. */
export interface RowPlaces {
  file: string;
  line(i: number): number;
  /** Whether two rows have the same content hash: exact copies have a finding of their own. */
  isCopy(a: number, b: number): boolean;
}

/** One finding of each code for a row and the earlier ones. */
export function* nearDuplicates(similar: SimilarRows, places: RowPlaces): Iterable<Finding> {
  const shared = new Map<number, number>();
  for (const { a, b, answer } of similar.pairs())
    if (answer >= pastedAnswer) for (const i of [a, b]) shared.set(i, (shared.get(i) ?? 0) + 1);
  const families = new TemplateFamilies(similar);
  let reported = new Set<PairCode>();
  let of = -1;
  for (const pair of similar.pairs()) {
    if (pair.b !== of) reported = new Set();
    of = pair.b;
    if (places.isCopy(pair.a, pair.b)) continue;
    const code = judge(pair, similar, Math.max(shared.get(pair.a) ?? 0, shared.get(pair.b) ?? 0));
    if (code === undefined || reported.has(code) || (code !== 'duplicate-answer' && families.differ(pair))) continue;
    reported.add(code);
    yield describe(code, pair, places);
  }
}

type PairCode = 'near-duplicate' | 'contradiction' | 'duplicate-answer';

function judge({ a, b, question, answer, reworded }: NearRows, similar: SimilarRows, shared: number): PairCode | undefined {
  const [first, later] = [similar.question(a), similar.question(b)];
  const asked = first !== '' || later !== '';
  if (asked && question < sameQuestion) {
    if (reworded !== null && answer < pastedAnswer) {
      if (differInNumbers(first, later)) return undefined;
      return reworded === 'question' && answer < sameAnswer ? 'contradiction' : 'near-duplicate';
    }
    const pasted = answer >= pastedAnswer && shared <= cannedRows && similar.answer(b).split(' ').length >= pastedWords;
    return pasted ? 'duplicate-answer' : undefined;
  }
  const same = !asked || asksSame(first, later, question);
  if (answer < sameAnswer) return same && asked ? 'contradiction' : undefined;
  const [said, repeated] = [similar.answer(a), similar.answer(b)];
  if (asked && same && answersConflict(said, repeated)) return 'contradiction';
  return same || !differInNumbers(said, repeated) ? 'near-duplicate' : undefined;
}

function describe(code: PairCode, { a, b, question, answer, reworded }: NearRows, { file, line }: RowPlaces): Finding {
  const first = line(a);
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const messages: Record<PairCode, string> = {
    'near-duplicate':
      reworded !== null && question < sameQuestion
        ? `asks and answers the same as line ${first} in other words`
        : `nearly the same as line ${first} (question ${percent(question)}, answer ${percent(answer)} alike)`,
    contradiction:
      reworded === 'question' && question < sameQuestion
        ? `asks the same as line ${first} in other words and answers otherwise`
        : `asks the same as line ${first} (${percent(question)} alike) and answers otherwise (${percent(answer)} alike)`,
    'duplicate-answer': `answers in the words of line ${first} (${percent(answer)} alike), which asks something else`,
  };
  return finding(code, { file, line: line(b), of_line: first, message: messages[code] });
}
