/** What a review screen shows and what each key does to it: pure; `run.ts` carries out the effects, `draw.ts` draws. */

import type { Finding } from '../../data/findings.ts';
import type { EditedTurn, Verdict } from '../../data/review/decision.ts';
import type { QueueItem } from '../../data/review/queue.ts';
import type { Key } from '../terminal/key.ts';
import { editText, type TextArea, textArea } from '../terminal/text-area.ts';

/** A row whose turns are being written on the screen itself. */
export interface InlineEdit {
  turns: EditedTurn[];
  /** The turn under the cursor. */
  turn: number;
  area: TextArea;
}

/** Edited turns before they are kept, and what the check finds in them. */
export interface EditToConfirm {
  turns: EditedTurn[];
  findings: Finding[];
}

export type Mode =
  | { name: 'read' }
  | { name: 'help' }
  | { name: 'note'; area: TextArea }
  | { name: 'edit'; edit: InlineEdit }
  | { name: 'confirm'; edit: EditToConfirm };

export interface ReviewState {
  items: readonly QueueItem[];
  /** The row that is shown; `items.length` at the end. */
  at: number;
  /** By place in the queue: what was decided in this session. */
  decided: ReadonlyMap<number, Verdict>;
  mode: Mode;
  /** Lines of the row that are scrolled away. */
  scroll: number;
  /** What went wrong or was done, until the next key. */
  message: { text: string; bad: boolean } | null;
}

export type Effect =
  | { type: 'decide'; verdict: Verdict }
  /** Opens the person's editor where there is one. */
  | { type: 'open-editor'; turns: readonly EditedTurn[] }
  /** Checks edited turns; then `confirm` or a message. */
  | { type: 'check-edit'; turns: readonly EditedTurn[] }
  | { type: 'leave'; interrupted: boolean };

export interface Step {
  state: ReviewState;
  effect?: Effect;
}

export function startState(items: readonly QueueItem[]): ReviewState {
  return { items, at: 0, decided: new Map(), mode: { name: 'read' }, scroll: 0, message: null };
}

/** Lines that a page key scrolls. */
const page = 10;

/** What a key does. */
export function press(state: ReviewState, key: Key): Step {
  if (key.name === 'ctrl-c') return { state, effect: { type: 'leave', interrupted: true } };
  const calm = { ...state, message: null };
  switch (state.mode.name) {
    case 'read':
      return pressReading(calm, key);
    case 'help':
      return { state: reading(calm) };
    case 'note':
      return pressNote(calm, state.mode.area, key);
    case 'edit':
      return pressEdit(calm, state.mode.edit, key);
    case 'confirm':
      return pressConfirm(calm, state.mode.edit, key);
  }
}

function pressReading(state: ReviewState, { name, text }: Key): Step {
  const item = state.items[state.at];
  const scrolled = (by: number): Step => ({ state: { ...state, scroll: Math.max(0, state.scroll + by) } });
  if (name === 'q') return { state, effect: { type: 'leave', interrupted: false } };
  if (name === 'b' || name === 'left') return { state: moved(state, -1) };
  if (name === '?' || text === '?') return { state: { ...state, mode: { name: 'help' } } };
  if (name === 'down' || name === 'j') return scrolled(1);
  if (name === 'up' || name === 'k') return scrolled(-1);
  if (name === 'pagedown' || name === 'space') return scrolled(page);
  if (name === 'pageup') return scrolled(-page);
  if (item === undefined) return { state };
  if (name === 'a') return decide(state, { decision: 'accepted' });
  if (name === 'r') return decide(state, { decision: 'rejected' });
  if (name === 's' || name === 'right') return { state: moved(state, 1) };
  if (name === 'n') return { state: { ...state, mode: { name: 'note', area: textArea('') } } };
  if (name !== 'e' && name !== 'i') return { state };
  const turns = turnsNow(state);
  if (turns === null) return { state: { ...state, message: { text: 'this row has no turns that can be edited here', bad: true } } };
  return name === 'e' ? { state, effect: { type: 'open-editor', turns } } : { state: editing(state, turns) };
}

function pressNote(state: ReviewState, area: TextArea, key: Key): Step {
  if (key.name === 'escape') return { state: reading(state) };
  if (key.name === 'return' || key.name === 'ctrl-s') {
    const note = area.text.trim();
    return note === '' ? { state: reading(state) } : decide(state, { decision: 'noted', note });
  }
  const next = editText(area, { ...key, text: key.text.replaceAll('\n', ' ') });
  return { state: next === undefined ? state : { ...state, mode: { name: 'note', area: next } } };
}

function pressEdit(state: ReviewState, edit: InlineEdit, key: Key): Step {
  if (key.name === 'escape') return { state: reading(state) };
  if (key.name === 'ctrl-s') return { state, effect: { type: 'check-edit', turns: edit.turns } };
  if (key.name === 'tab' || key.name === 'shift-tab') {
    const { length } = edit.turns;
    const turn = (edit.turn + (key.name === 'tab' ? 1 : length - 1)) % length;
    return { state: { ...state, mode: { name: 'edit', edit: { ...edit, turn, area: textArea(edit.turns[turn]!.content) } } } };
  }
  const area = editText(edit.area, key);
  if (area === undefined) return { state };
  const turns = edit.turns.map((turn, i) => (i === edit.turn ? { ...turn, content: area.text } : turn));
  return { state: { ...state, mode: { name: 'edit', edit: { ...edit, turns, area } } } };
}

function pressConfirm(state: ReviewState, { turns }: EditToConfirm, { name }: Key): Step {
  if (name === 'return' || name === 'y' || name === 'ctrl-s') return decide(state, { decision: 'edited', turns });
  if (name === 'e') return { state, effect: { type: 'open-editor', turns } };
  if (name === 'i') return { state: editing(state, turns) };
  return name === 'escape' || name === 'd' ? { state: reading(state) } : { state };
}

function decide(state: ReviewState, said: Omit<Verdict, 'hash' | 'copy'>): Step {
  const { hash, copy } = state.items[state.at]!;
  return { state, effect: { type: 'decide', verdict: { hash, ...(copy !== undefined && { copy }), ...said } } };
}

/** The state once a decision is safe on disk. */
export function afterDecision(state: ReviewState, verdict: Verdict): ReviewState {
  return moved({ ...state, decided: new Map(state.decided).set(state.at, verdict) }, 1);
}

/** The turns of the row that is shown, as edited in this session; null where it has none, or at the end. */
export function turnsNow({ items, at, decided }: ReviewState): EditedTurn[] | null {
  return decided.get(at)?.turns ?? items[at]?.turns ?? null;
}

/** The state when checked turns wait for a yes. */
export function toConfirm(state: ReviewState, turns: readonly EditedTurn[], findings: readonly Finding[]): ReviewState {
  return { ...state, mode: { name: 'confirm', edit: { turns: [...turns], findings: [...findings] } }, scroll: 0 };
}

/** Writing on the screen itself, beginning at the last turn: it is the answer that is mended most. */
export function editing(state: ReviewState, turns: readonly EditedTurn[]): ReviewState {
  const turn = turns.length - 1;
  return { ...state, mode: { name: 'edit', edit: { turns: [...turns], turn, area: textArea(turns[turn]!.content) } }, scroll: 0 };
}

export function withMessage(state: ReviewState, text: string, bad: boolean): ReviewState {
  return { ...state, message: { text, bad } };
}

export function reading(state: ReviewState): ReviewState {
  return { ...state, mode: { name: 'read' } };
}

function moved(state: ReviewState, by: number): ReviewState {
  return { ...reading(state), at: Math.min(state.items.length, Math.max(0, state.at + by)), scroll: 0 };
}
