/** The findings of one kind, each shown in its row. */
import type { Finding } from '../findings.ts';
import type { Row } from '../row.ts';
import { textsOf } from '../texts.ts';
import { grouped } from './charts.ts';
import { type CheckReport, explain, type FindingGroup } from './collect.ts';
import { type Html, html } from './html.ts';
import { markedText } from './marked-text.ts';
import { markedDifference } from './word-difference.ts';

/** Examples that are open from the start. */
const openExamples = 3;

export function findingSection(group: FindingGroup, { rows }: CheckReport): Html {
  const { code, severity, count, examples } = group;
  const { what, why, hint } = explain(code);
  const left = count - examples.length;
  return html`<section class="group" data-severity="${severity}" data-code="${code}" id="${severity}-${code}">
<header><h3><span class="badge ${severity}">${severity}</span> <code>${code}</code> <span class="count">${grouped(count)}</span></h3>
<p class="what">${what}</p><p class="why"><b>Why it matters</b> ${why}</p><p class="why"><b>Mend</b> ${hint}</p></header>
${examples.map((finding, i) => example(finding, rows, i < openExamples))}
${left > 0 ? html`<p class="left">and ${grouped(left)} more, listed by <code>fettle check --json</code></p>` : undefined}
</section>`;
}

function example(finding: Finding, rows: ReadonlyMap<number, Row>, open: boolean): Html {
  const { line, field, message, hint, of_line, code } = finding;
  const place = html`${line === null ? html`<span class="place">file</span>` : html`<span class="place">line ${grouped(line)}</span>`}${field === null ? undefined : html`<span class="field">${field}</span>`}`;
  const row = line === null ? undefined : rows.get(line);
  const own = hint === explain(code).hint ? undefined : html`<p class="own-hint">${hint}</p>`;
  const head = html`${place}<span class="message">${message}</span>`;
  if (row === undefined) return html`<article class="example bare">${head}${own}</article>`;
  const other = of_line === undefined ? undefined : rows.get(of_line);
  const body = other === undefined ? rowCard(row, finding) : pairCards(other, row);
  return html`<article class="example"><details${open ? html` open` : undefined}><summary>${head}</summary>${own}${body}</details></article>`;
}

/** One row, turn by turn, with the piece at fault marked in its field. */
function rowCard(row: Row, { field, value }: Finding): Html {
  if (row.kind === 'tokens') return html`<div class="row"><p class="quiet">${row.input_ids.length} tokens</p></div>`;
  const texts = textsOf(row).map(({ field: name, role, text }) => {
    const isAtFault = name === field || (field !== null && name.startsWith(field));
    return html`<div class="turn ${role}${isAtFault ? ' at-fault' : ''}"><span class="role">${role}</span><div class="text">${markedText(text, isAtFault ? value : undefined)}</div></div>`;
  });
  return html`<div class="row">${texts}${otherFields(row, field)}</div>`;
}

/** The row's other fields, the one at fault marked. */
function otherFields(row: Row, field: string | null): Html | undefined {
  const fields = Object.entries(row.fields);
  if (fields.length === 0) return undefined;
  return html`<dl class="fields">${fields
    .slice(0, 12)
    .map(
      ([name, value]) => html`<div${name === field ? html` class="at-fault"` : undefined}><dt>${name}</dt><dd>${shown(value)}</dd></div>`,
    )}</dl>`;
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/** Two rows side by side with their different words marked. */
function pairCards(first: Row, later: Row): Html {
  const [a, b] = [textsOf(first), textsOf(later)];
  const columns: [Html[], Html[]] = [[], []];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const marked = markedDifference(a[i]?.text ?? '', b[i]?.text ?? '');
    for (const [side, texts] of [a, b].entries()) {
      const one = texts[i];
      if (one !== undefined)
        columns[side]!.push(
          html`<div class="turn ${one.role}"><span class="role">${one.role}</span><div class="text">${marked[side]!}</div></div>`,
        );
    }
  }
  const card = (row: Row, turns: Html[]) => html`<div class="row"><p class="row-line">line ${grouped(row.line)}</p>${turns}</div>`;
  return html`<div class="pair">${card(first, columns[0])}${card(later, columns[1])}</div>`;
}
