/** The screen of `fettle new` at work: every row on disk before the next is begun, the draft kept while it is written. */
import { setTimeout } from 'node:timers/promises';
import type { CheckOptions } from '../../data/check.ts';
import { nextTopic } from '../../data/new-rows/coverage.ts';
import type { NewRows } from '../../data/new-rows/new-rows.ts';
import { emptyDraft } from '../../data/new-rows/plan.ts';
import { Screen } from '../terminal/screen.ts';
import { drawNew } from './draw.ts';
import { afterCheck, draftOf, type Effect, type NewState, press, refused, startState } from './state.ts';

/** The check waits until a person has stopped typing for so long. */
const pauseMs = 400;

export interface NewOutcome {
  /** Rows that were added. */
  added: number;
  interrupted: boolean;
}

/** Lets a person write rows. Throws FETTLE_NO_SPACE or FETTLE_PERMISSION when one cannot be written; those before it are safe. */
export async function runNew(rows: NewRows, check: Pick<CheckOptions, 'facts' | 'model'>): Promise<NewOutcome> {
  const topics = () => rows.coverage.topics.map(({ topic }) => topic);
  let state = startState(topics(), rows.plan.draft);
  let added = 0;
  const around = () => ({ path: rows.path, plan: rows.plan, coverage: rows.coverage, flaws: rows.flaws.length });
  const screen = new Screen((size) => drawNew(state, around(), size));
  let coming = screen.key();
  const leave = async (interrupted: boolean): Promise<NewOutcome> => {
    await rows.keep(draftOf(state));
    return { added, interrupted };
  };
  const keep = async ({ draft, anyway }: Extract<Effect, { type: 'keep' }>): Promise<NewState> => {
    const checked = await rows.check(draft, check);
    const doubtful = checked.findings.some(({ severity }) => severity !== 'note');
    if (checked.row === null || (doubtful && !anyway)) return refused(state, checked);
    await rows.add(checked.row);
    await rows.keep();
    added++;
    const next = startState(topics(), { ...emptyDraft, topic: nextTopic(rows.coverage) });
    return { ...next, message: { text: `kept as row ${rows.rows.length}`, bad: false } };
  };
  try {
    for (;;) {
      const idle = state.checked !== null || isBlank(state);
      const key = idle ? await coming : await Promise.race([coming, setTimeout(pauseMs, null, { ref: false })]);
      if (key === null) {
        await rows.keep(draftOf(state));
        state = afterCheck(state, await rows.check(draftOf(state), check));
      } else {
        coming = screen.key();
        const { state: next, effect } = press(state, key);
        state = next;
        if (effect?.type === 'leave') return await leave(effect.interrupted);
        if (effect?.type === 'keep') state = await keep(effect);
      }
      screen.draw();
    }
  } finally {
    screen.close();
  }
}

function isBlank(state: NewState): boolean {
  const { question, answer } = draftOf(state);
  return question.trim() === '' && answer.trim() === '';
}
