/** Two texts side by side with the words marked that only one of them has. */
import { type WordRun, wordDifference } from '../word-difference.ts';
import { type Html, html } from './html.ts';

/** Both texts, each with its own words marked. */
export function markedDifference(a: string, b: string): [Html, Html] {
  const [left, right] = wordDifference(a, b);
  return [marked(left), marked(right)];
}

function marked(runs: readonly WordRun[]): Html {
  return html`${runs.map(({ text, own }) => (own ? html`<mark>${text}</mark>` : html`${text}`))}`;
}
