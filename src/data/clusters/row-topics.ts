/** The topics of rows that are held in memory. */
import type { Row } from '../row.ts';
import { BoilerplateCounter } from '../similarity/boilerplate.ts';
import { normalizeText } from '../similarity/normalize.ts';
import { answersOf, questionOf } from '../texts.ts';
import { findTopics, type Topics } from './topics.ts';

/** What each row asks (without paragraphs that many rows share) and answers decides what it is about. */
export function rowTopics(rows: readonly Row[]): Topics {
  const boilerplate = new BoilerplateCounter();
  const questions = rows.map((row) =>
    questionOf(row)
      .split(/\n\s*\n/)
      .map(normalizeText),
  );
  for (const paragraphs of questions) boilerplate.add(paragraphs);
  const answers = rows.map((row) =>
    normalizeText(
      answersOf(row)
        .map(({ text }) => text)
        .join('\n'),
    ),
  );
  return findTopics(questions.map((paragraphs, i) => `${boilerplate.own(paragraphs).join(' ')} ${answers[i]!}`.trim()));
}
