/** The review screen at work: keys to states, effects carried out, every decision on disk before the next row is shown. */

import type { CheckOptions } from '../../data/check.ts';
import { checkRow } from '../../data/check-row.ts';
import type { EditedTurn } from '../../data/review/decision.ts';
import type { QueueItem } from '../../data/review/queue.ts';
import type { ReviewSession } from '../../data/review/session.ts';
import type { Row } from '../../data/row.ts';
import { formatWhere } from '../../errors.ts';
import { Screen } from '../terminal/screen.ts';
import { drawReview } from './draw.ts';
import { fromEditorText, sameTurns, toEditorText } from './editor-text.ts';
import { editorCommand, openEditor } from './open-editor.ts';
import {
  afterDecision,
  type Effect,
  editing,
  press,
  type ReviewState,
  reading,
  startState,
  toConfirm,
  turnsNow,
  withMessage,
} from './state.ts';

/** With more rows than this an edited row is checked by itself, not beside all others: a person should not wait. */
const rowsCompared = 3000;

export interface ReviewOutcome {
  state: ReviewState;
  /** True when Ctrl-C ended it. */
  interrupted: boolean;
}

/** Lets a person work through the queue. Throws FETTLE_NO_SPACE or FETTLE_PERMISSION when a decision cannot be written; the others hold. */
export async function runReview(
  session: ReviewSession,
  items: readonly QueueItem[],
  check: Pick<CheckOptions, 'facts' | 'model'>,
): Promise<ReviewOutcome> {
  const byLine = new Map(session.rows.map((row) => [row.line, row]));
  const around = { path: session.path, reviewer: session.reviewer, rowAt: (line: number) => byLine.get(line) };
  let state = startState(items);
  const screen = new Screen((size) => {
    const frame = drawReview(state, around, size);
    state = { ...state, scroll: frame.scroll };
    return frame.lines;
  });
  try {
    for (;;) {
      const key = await screen.key();
      const step = press(state, key);
      state = step.state;
      if (step.effect?.type === 'leave') return { state, interrupted: step.effect.interrupted };
      if (step.effect !== undefined) state = await carryOut(step.effect, state, { session, screen, check });
      screen.draw();
    }
  } finally {
    screen.close();
  }
}

interface Desk {
  session: ReviewSession;
  screen: Screen;
  check: Pick<CheckOptions, 'facts' | 'model'>;
}

async function carryOut(effect: Exclude<Effect, { type: 'leave' }>, state: ReviewState, desk: Desk): Promise<ReviewState> {
  switch (effect.type) {
    case 'decide':
      await desk.session.decide([effect.verdict]);
      return afterDecision(state, effect.verdict);
    case 'check-edit':
      return checkEdit(effect.turns, state, desk);
    case 'open-editor':
      return editOutside(effect.turns, state, desk);
  }
}

async function editOutside(turns: readonly EditedTurn[], state: ReviewState, desk: Desk): Promise<ReviewState> {
  const command = editorCommand();
  if (command === undefined) return editing(state, turns);
  const edited = desk.screen.lend(() => openEditor(command, toEditorText(turns)));
  if ('problem' in edited) return withMessage(state, edited.problem, true);
  const read = fromEditorText(edited.text, turns);
  if (typeof read === 'string') return withMessage(state, read, true);
  return checkEdit(read, state, desk);
}

async function checkEdit(turns: readonly EditedTurn[], state: ReviewState, { session, check }: Desk): Promise<ReviewState> {
  const item = state.items[state.at]!;
  if (sameTurns(turns, turnsNow(state) ?? [])) return withMessage(reading(state), 'nothing was changed', false);
  const made = session.tryEdit(item, turns);
  if ('problems' in made) {
    const said = made.problems.map(({ field, message, hint }) =>
      [formatWhere({ field }), message, hint ?? ''].filter((part) => part !== '').join('; '),
    );
    return withMessage(editing(state, turns), said.join(' | '), true);
  }
  return toConfirm(state, turns, await checkRow(made.row, othersOf(item, session), check));
}

function othersOf(item: QueueItem, { rows }: ReviewSession): Row[] {
  if (rows.length > rowsCompared) return [];
  return rows.flatMap(({ row, line }) => (row === null || line === item.line ? [] : [row]));
}
