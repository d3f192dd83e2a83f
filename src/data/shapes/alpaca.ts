/** alpaca: {"instruction", "input"?, "output", "system"?, "history"?: [[question, answer], ...]}. */
import type { Turn } from '../row.ts';
import {
  describeValue,
  isAbsent,
  optionalText,
  type RawRow,
  type Report,
  reportEmptyAnswer,
  requiredText,
  type ShapeParser,
} from './shape-parser.ts';

export const alpaca: ShapeParser = {
  shape: 'alpaca',
  signature: ['instruction', 'output'],
  keys: ['instruction', 'input', 'output', 'system', 'history'],
  parse(row, report) {
    const instruction = requiredText(row, 'instruction', report);
    const input = optionalText(row, 'input', report);
    const output = requiredText(row, 'output', report, true);
    const system = optionalText(row, 'system', report);
    const history = parseHistory(row, report);
    if (instruction === undefined || output === undefined) return undefined;
    const turns: Turn[] = [
      ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
      ...history,
      { role: 'user', content: input === '' ? instruction : `${instruction}\n\n${input}` },
      { role: 'assistant', content: output },
    ];
    const turnFields = [
      ...(system === '' ? [] : ['system']),
      ...history.map((_, i) => `history[${i >> 1}][${i % 2}]`),
      input === '' ? 'instruction' : 'input',
      'output',
    ];
    return { kind: 'chat', turns, turnFields, untrained: new Set(), plain: false };
  },
};

function parseHistory(row: RawRow, report: Report): Turn[] {
  const history = row.history;
  if (isAbsent(history) || history === '') return [];
  if (!Array.isArray(history)) {
    report('history', `expected a list of [question, answer] pairs, found ${describeValue(history)}`);
    return [];
  }
  return history.flatMap((pair: unknown, i): Turn[] => {
    const [question, answer] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (!Array.isArray(pair) || pair.length !== 2 || typeof question !== 'string' || typeof answer !== 'string') {
      report(`history[${i}]`, `expected a [question, answer] pair of texts, found ${describeValue(pair)}`);
      return [];
    }
    if (answer.trim() === '') reportEmptyAnswer(`history[${i}][1]`, report);
    return [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ];
  });
}
