/** prompt-completion: {"prompt", "completion"}, both texts or both lists of messages; only the completion is trained. */
import { parseTools, toChat } from './conversation.ts';
import { parseMessages } from './messages.ts';
import { describeValue, type RawRow, type Report, requiredText, type ShapeParser } from './shape-parser.ts';

export const promptCompletion: ShapeParser = {
  shape: 'prompt-completion',
  signature: ['prompt', 'completion'],
  keys: ['prompt', 'completion', 'tools'],
  parse(row, report) {
    if (Array.isArray(row.prompt) || Array.isArray(row.completion)) return parseLists(row, report);
    const prompt = requiredText(row, 'prompt', report);
    const completion =
      row.completion === undefined && isPreference(row) ? refusePreference(report) : requiredText(row, 'completion', report, true);
    if (prompt === undefined || completion === undefined) return undefined;
    return {
      kind: 'chat',
      turns: [
        { role: 'user', content: prompt },
        { role: 'assistant', content: completion },
      ],
      turnFields: ['prompt', 'completion'],
      untrained: new Set(),
      plain: true,
    };
  },
};

function isPreference(row: RawRow): boolean {
  return row.chosen !== undefined || row.rejected !== undefined;
}

function refusePreference(report: Report): undefined {
  const hint = 'Preference pairs are not trained; rename "chosen" to "completion" to train on the chosen answers.';
  report('completion', 'expected the field "completion", found chosen and rejected', hint, 'missing-field');
}

function parseLists(row: RawRow, report: Report) {
  if (typeof row.prompt === 'string' || typeof row.completion === 'string') {
    report(
      'completion',
      `expected prompt and completion of one kind, found ${describeValue(row.prompt)} and ${describeValue(row.completion)}`,
    );
    return undefined;
  }
  const prompt = parseMessages(row.prompt, 'prompt', report);
  const completion = parseMessages(row.completion, 'completion', report);
  const tools = parseTools(row, report);
  if (prompt === undefined || completion === undefined) return undefined;
  const answers = toChat(completion, tools, 'completion', report);
  if (answers?.kind !== 'chat') return undefined;
  const before = prompt.turns.length;
  const untrained = new Set([...prompt.turns.keys(), ...[...completion.untrained].map((i) => i + before)]);
  return {
    ...answers,
    turns: [...prompt.turns, ...completion.turns],
    turnFields: [...prompt.turnFields, ...completion.turnFields],
    untrained,
  };
}
