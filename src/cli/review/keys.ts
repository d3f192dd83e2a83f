/** The keys of the review screen, in words: the line at the bottom and the help. */
import type { QueueItem } from '../../data/review/queue.ts';
import type { KeyHint } from '../terminal/key-lines.ts';
import { type Line, line, span, wrap } from '../terminal/spans.ts';
import type { Mode } from './state.ts';

const help: readonly KeyHint[] = [
  ['a', 'accept: the row is right as it is'],
  ['e', 'edit in your editor ($VISUAL or $EDITOR), or here where none is set'],
  ['i', 'edit here'],
  ['r', 'reject: the row is left out when the data is loaded'],
  ['n', 'write a note and decide nothing else: other reviewers see it'],
  ['s, right', 'skip: the row comes again next time'],
  ['b, left', 'back to the row before, to decide again'],
  ['up, down', 'scroll; space and page keys go faster'],
  ['q', 'leave; Ctrl-C too: every decision is on disk already'],
];

export function helpLines(width: number): Line[] {
  return [
    ...help.map(([keys, what]): Line => [span(keys.padEnd(10), 'bold'), span(what)]),
    line(''),
    ...wrap(
      [
        span(
          'Decisions are kept beside the data in .fettle/reviews and applied whenever it is loaded: the file itself is never changed.',
          'dim',
        ),
      ],
      width,
    ),
  ];
}

/** The keys that mean something now. @param item undefined at the end of the queue */
export function keysOf(mode: Mode['name'], item: QueueItem | undefined): readonly KeyHint[] {
  switch (mode) {
    case 'edit':
      return [
        ['ctrl-s', 'done'],
        ['tab', 'next turn'],
        ['esc', 'drop the edit'],
      ];
    case 'confirm':
      return [
        ['enter', 'keep the edit'],
        ['e', 'editor'],
        ['i', 'edit here'],
        ['d', 'drop it'],
      ];
    case 'note':
      return [
        ['enter', 'save the note'],
        ['esc', 'drop it'],
      ];
    case 'help':
      return [['any key', 'back']];
    case 'read':
      if (item === undefined)
        return [
          ['b', 'back'],
          ['?', 'help'],
          ['q', 'leave'],
        ];
      return [
        ['a', 'accept'],
        ['e', 'edit'],
        ['r', 'reject'],
        ['n', 'note'],
        ['s', 'skip'],
        ['b', 'back'],
        ['?', 'help'],
        ['q', 'leave'],
      ];
  }
}
