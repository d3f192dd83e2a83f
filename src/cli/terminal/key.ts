/** A key press, as the state machines of the terminal screens see it. */
import type { Key as ReadlineKey } from 'node:readline';

export interface Key {
  /** `return`, `escape`, `up`, `tab`, a letter ...; with ctrl as `ctrl-c`; 'text' for what is only a character. */
  name: string;
  /** The characters to insert, '' for keys that have none. */
  text: string;
}

/** @param pasting inside a bracketed paste, where every key is text */
export function toKey(
  sequence: string | undefined,
  { name = '', ctrl = false, meta = false, shift = false }: ReadlineKey,
  pasting: boolean,
): Key {
  if (pasting) return { name: 'text', text: name === 'return' || name === 'enter' ? '\n' : (sequence ?? '') };
  if (name === 'escape') return { name, text: '' }; // readline calls a lone escape a meta key
  if (ctrl) return { name: `ctrl-${name}`, text: '' };
  if (meta) return { name: `alt-${name}`, text: '' };
  if (name === 'tab') return { name: shift ? 'shift-tab' : 'tab', text: '' };
  if (name === 'enter') return { name: 'return', text: '' };
  const printable = sequence !== undefined && /^\P{Cc}+$/u.test(sequence);
  if (name === 'space') return { name, text: ' ' };
  return { name: name === '' ? 'text' : name, text: printable ? sequence : '' };
}
