/** A full screen on the terminal: keys in, frames out, and the terminal left as it was found, however the process ends. */
import { emitKeypressEvents, type Key as ReadlineKey } from 'node:readline';
import { FettleError } from '../../errors.ts';
import { errColors } from '../output.ts';
import { type Key, toKey } from './key.ts';
import { type Line, paint } from './spans.ts';

const enter = '\u001b[?1049h\u001b[?25l\u001b[?2004h';
const leave = '\u001b[?2004l\u001b[?25h\u001b[?1049l';
const home = '\u001b[H';
const endOfLine = '\u001b[K';
const endOfScreen = '\u001b[J';

export interface Size {
  width: number;
  height: number;
}

export class Screen {
  readonly #input = process.stdin;
  readonly #output = process.stderr;
  readonly #draw: (size: Size) => readonly Line[];
  #waiting: ((key: Key) => void) | undefined;
  readonly #keys: Key[] = [];
  #pasting = false;

  /** Throws FETTLE_USAGE where there is no terminal. @param instead what to do without one */
  static expectTerminal(what: string, instead: string): void {
    if (process.stdin.isTTY === true && process.stderr.isTTY === true) return;
    throw new FettleError('FETTLE_USAGE', `expected a terminal to ${what} on, found none`, { hint: instead });
  }

  /** Takes the terminal over. @param draw the frame for a size: at most `height` lines */
  constructor(draw: (size: Size) => readonly Line[]) {
    this.#draw = draw;
    emitKeypressEvents(this.#input);
    process.on('exit', this.#restore);
    this.#open();
  }

  /** Draws the current frame. */
  readonly draw = (): void => {
    const size = { width: Math.max(20, this.#output.columns ?? 80), height: Math.max(6, this.#output.rows ?? 24) };
    const frame = this.#draw(size).slice(0, size.height);
    const text = frame.map((line) => `${paint(line, size.width, errColors)}${endOfLine}`).join('\r\n');
    this.#output.write(`${home}${text}${endOfScreen}`);
  };

  /** The next key. */
  async key(): Promise<Key> {
    const next = this.#keys.shift();
    if (next !== undefined) return next;
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** Gives the terminal to `work` (an editor), and takes it back. */
  lend<T>(work: () => T): T {
    this.#close();
    try {
      return work();
    } finally {
      this.#open();
    }
  }

  /** Gives the terminal back for good. */
  close(): void {
    this.#close();
    process.off('exit', this.#restore);
  }

  #open(): void {
    this.#input.setRawMode(true);
    this.#input.on('keypress', this.#onKeypress).resume();
    this.#output.on('resize', this.draw);
    this.#output.write(enter);
    this.draw();
  }

  #close(): void {
    this.#input.off('keypress', this.#onKeypress).pause();
    this.#output.off('resize', this.draw);
    this.#restore();
  }

  readonly #restore = (): void => {
    this.#input.setRawMode(false);
    this.#output.write(leave);
  };

  readonly #onKeypress = (sequence: string | undefined, raw: ReadlineKey): void => {
    if (raw.name === 'paste-start' || raw.name === 'paste-end') {
      this.#pasting = raw.name === 'paste-start';
      return;
    }
    const key = toKey(sequence, raw, this.#pasting);
    const resolve = this.#waiting;
    this.#waiting = undefined;
    if (resolve === undefined) this.#keys.push(key);
    else resolve(key);
  };
}
