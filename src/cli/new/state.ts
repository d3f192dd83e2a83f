/** What the screen of `fettle new` shows and what each key does to it: pure. */
import type { CheckedDraft } from '../../data/new-rows/new-rows.ts';
import type { Draft } from '../../data/new-rows/plan.ts';
import type { Key } from '../terminal/key.ts';
import { editText, type TextArea, textArea } from '../terminal/text-area.ts';

export const fields = ['topic', 'question', 'answer'] as const;
export type Field = (typeof fields)[number];

export interface NewState {
  /** The topics to choose from, the most missing first. */
  topics: readonly string[];
  areas: Record<Field, TextArea>;
  field: Field;
  /** What the check says of the draft as it is; null until it was looked at. */
  checked: CheckedDraft | null;
  /** The draft whose findings were shown when it was to be kept: keeping it again means it. */
  warned: string | null;
  message: { text: string; bad: boolean } | null;
}

export type Effect = { type: 'keep'; draft: Draft; anyway: boolean } | { type: 'leave'; interrupted: boolean };

export interface Step {
  state: NewState;
  effect?: Effect;
}

/** A new row, or one that was begun before. */
export function startState(topics: readonly string[], draft: Draft): NewState {
  const topic = draft.topic === '' ? (topics[0] ?? '') : draft.topic;
  return {
    topics,
    areas: { topic: textArea(topic), question: textArea(draft.question), answer: textArea(draft.answer) },
    field: draft.question === '' || draft.answer !== '' ? 'question' : 'answer',
    checked: null,
    warned: null,
    message: null,
  };
}

export function draftOf({ areas }: NewState): Draft {
  return { topic: areas.topic.text, question: areas.question.text, answer: areas.answer.text };
}

export function press(state: NewState, key: Key): Step {
  const calm = { ...state, message: null };
  switch (key.name) {
    case 'ctrl-c':
      return { state, effect: { type: 'leave', interrupted: true } };
    case 'escape':
    case 'ctrl-q':
      return { state, effect: { type: 'leave', interrupted: false } };
    case 'ctrl-s': {
      const draft = draftOf(state);
      return { state: calm, effect: { type: 'keep', draft, anyway: state.warned === textOf(draft) } };
    }
    case 'tab':
      return { state: { ...calm, field: beside(state.field, 1) } };
    case 'shift-tab':
      return { state: { ...calm, field: beside(state.field, -1) } };
    default:
      return { state: state.field === 'topic' ? pressTopic(calm, key) : write(calm, state.field, key) };
  }
}

/** Up and down choose among the topics; letters write another. */
function pressTopic(state: NewState, key: Key): NewState {
  const { topics, areas } = state;
  if ((key.name === 'up' || key.name === 'down') && topics.length > 0) {
    const at = topics.indexOf(areas.topic.text);
    const next = at < 0 ? 0 : (at + (key.name === 'down' ? 1 : topics.length - 1)) % topics.length;
    return withArea(state, 'topic', textArea(topics[next]!));
  }
  if (key.name === 'return') return { ...state, field: 'question' };
  return write(state, 'topic', { ...key, text: key.text.replaceAll('\n', ' ') });
}

function write(state: NewState, field: Field, key: Key): NewState {
  const area = editText(state.areas[field], key);
  return area === undefined ? state : withArea(state, field, area);
}

function withArea(state: NewState, field: Field, area: TextArea): NewState {
  const same = area.text === state.areas[field].text;
  return { ...state, areas: { ...state.areas, [field]: area }, checked: same ? state.checked : null };
}

function beside(field: Field, by: number): Field {
  return fields[(fields.indexOf(field) + by + fields.length) % fields.length]!;
}

/** The state when the draft was looked at. */
export function afterCheck(state: NewState, checked: CheckedDraft): NewState {
  return { ...state, checked };
}

/** The state when keeping was refused: the same keys again mean it, unless it is no row at all. */
export function refused(state: NewState, checked: CheckedDraft): NewState {
  const [problem] = checked.problems;
  if (problem !== undefined) return { ...state, checked, message: { text: `not kept: ${problem.message}`, bad: true } };
  const text = 'the check found something; ctrl-s again keeps the row as it is';
  return { ...state, checked, warned: textOf(draftOf(state)), message: { text, bad: true } };
}

function textOf({ topic, question, answer }: Draft): string {
  return JSON.stringify([topic, question, answer]);
}
