/** The report of `fettle check` as one HTML page that needs nothing else: no network, no script to be read. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Severity } from '../findings.ts';
import { questionOf, textsOf } from '../texts.ts';
import { type BarRow, barList, grouped, histogramChart, placeStrip } from './charts.ts';
import type { CheckReport } from './collect.ts';
import { findingSection } from './finding-section.ts';
import { Html, html } from './html.ts';

const stripCells = 100;
const mostBars = 16;
const severities: readonly Severity[] = ['error', 'warning', 'note'];
const plural: Record<Severity, string> = { error: 'errors', warning: 'warnings', note: 'notes' };

/** @param date when the data was checked */
export async function reportPage(report: CheckReport, date: Date): Promise<string> {
  const asset = (name: string) => readFile(new URL(`./assets/${name}`, import.meta.url), 'utf8');
  const [style, script] = [await asset('report.css'), await asset('report.js')];
  const hash = createHash('sha256').update(script).digest('base64');
  const { summary, groups } = report;
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="color-scheme" content="light dark">
<title>${basename(summary.file)}: fettle check</title>
<style>${new Html(style)}</style>
</head>
<body>
<header class="top">
<p class="brand">fettle <span>check</span></p>
<h1>${basename(summary.file)}</h1>
<p class="verdict">${verdict(report)}</p>
${tiles(report)}
${strip(report)}
</header>
${charts(report)}
<div class="findings" id="findings">
<nav class="filter" aria-label="filter">
<input type="search" id="search" placeholder="Search the findings" aria-label="search the findings">
<div class="severities">${severities.map(
    (severity) =>
      html`<label class="${severity}"><input type="checkbox" name="severity" value="${severity}" checked> ${plural[severity]} <b>${grouped(summary.findings[severity])}</b></label>`,
  )}</div>
<ul class="codes">${groups.map(
    ({ code, severity, count }) =>
      html`<li data-severity="${severity}"><a href="#${severity}-${code}"><i class="${severity}"></i>${code}<b>${grouped(count)}</b></a></li>`,
  )}</ul>
</nav>
<main>
${groups.length === 0 ? html`<p class="clean">Nothing was found. Read a few rows yourself all the same.</p>` : groups.map((group) => findingSection(group, report))}
<p class="nothing" hidden>No finding matches.</p>
</main>
</div>
<footer>Made by <b>fettle check</b> on ${date.toISOString().slice(0, 16).replace('T', ' ')} UTC from <code>${summary.file}</code>. This page holds rows of your data.</footer>
<script>${new Html(script)}</script>
</body>
</html>
`.text;
}

function verdict({ summary, lines }: CheckReport): Html {
  const { error, warning } = summary.findings;
  if (error > 0)
    return html`<b class="error">${grouped(error)} ${error === 1 ? 'error stops' : 'errors stop'} training.</b> Mend or remove those rows, then look at the warnings.`;
  if (warning === 0) return html`<b class="good">Nothing stands in the way.</b> ${grouped(summary.usable)} rows, no errors, no warnings.`;
  const flagged = new Set(lines.warning).size;
  const share = ((flagged / Math.max(1, summary.rows)) * 100).toFixed(1);
  return html`<b class="warning">${grouped(flagged)} rows (${share} %) deserve a look.</b> Nothing stops training; each warning is a row that teaches something you may not want.`;
}

function tiles({ summary }: CheckReport): Html {
  const { rows, usable, shape, profile, tokenization, codes } = summary;
  const copies = (codes['exact-duplicate'] ?? 0) + (codes['near-duplicate'] ?? 0);
  const tile = (label: string, value: string, small = '') =>
    html`<div class="tile"><dt>${label}</dt><dd>${value}${small === '' ? undefined : html` <small>${small}</small>`}</dd></div>`;
  return html`<dl class="tiles">
${tile('rows', grouped(rows), usable === rows ? (shape ?? '') : `${grouped(usable)} usable`)}
${tile('errors', grouped(summary.findings.error))}${tile('warnings', grouped(summary.findings.warning), summary.accepted === 0 ? '' : `${grouped(summary.accepted)} more accepted by reviewers`)}
${tile('copies', grouped(copies), 'exact and near')}
${profile.answers === null ? undefined : tile('typical answer', grouped(profile.answers.median), 'characters')}
${tokenization === null ? undefined : tile('trained tokens', grouped(tokenization.supervised_tokens), `of ${grouped(tokenization.tokens)}`)}
${profile.topics.length === 0 ? undefined : tile('topics', grouped(profile.topics.length))}
</dl>`;
}

function strip({ lines, summary }: CheckReport): Html | undefined {
  const last = Math.max(summary.rows, ...[lines.error, lines.warning].map((list) => list.reduce((most, line) => Math.max(most, line), 0)));
  if (lines.error.length + lines.warning.length === 0) return undefined;
  const cells = Array.from({ length: Math.min(stripCells, last) }, (_, i, all = Math.min(stripCells, last)) => ({
    severity: 'warning',
    count: 0,
    from: Math.floor((i * last) / all) + 1,
    to: Math.floor(((i + 1) * last) / all),
  }));
  for (const severity of ['warning', 'error'] as const) {
    for (const line of lines[severity]) {
      const cell = cells[Math.min(cells.length - 1, Math.floor(((line - 1) * cells.length) / last))]!;
      cell.count++;
      cell.severity = severity;
    }
  }
  return html`<figure class="where"><figcaption>Where they are, from the first line to the last</figcaption>${placeStrip(cells)}</figure>`;
}

function charts(report: CheckReport): Html {
  const { profile, tokenization } = report.summary;
  const chart = (title: string, body: Html | undefined, shape = '') =>
    body === undefined ? undefined : html`<section class="chart ${shape}"><h2>${title}</h2>${body}</section>`;
  const lengths = (title: string, data: typeof profile.answers, unit: string) =>
    chart(title, data === null ? undefined : histogramChart(data, unit));
  return html`<div class="charts">
${tokenization?.lengths == null ? undefined : lengths('Row length in tokens', tokenization.lengths, 'tokens')}
${tokenization?.supervised == null ? undefined : lengths('Trained tokens a row', tokenization.supervised, 'tokens')}
${lengths('Answer length', profile.answers, 'characters')}
${lengths('Question length', profile.questions, 'characters')}
${profile.turns === null || profile.turns.max <= 2 ? undefined : lengths('Turns', profile.turns, 'turns')}
${profile.labels.map(({ field, values }) => {
  const bars = values.slice(0, mostBars).map(({ value, rows }) => ({ label: value, count: rows }));
  const others = values.slice(mostBars).reduce((sum, { rows }) => sum + rows, 0);
  return chart(field, barList(others === 0 ? bars : [...bars, { label: 'others', count: others }]), bars.length > 6 ? 'tall' : '');
})}
${chart('What the rows are about', topics(report), 'wide')}
</div>`;
}

function topics({ summary, rows }: CheckReport): Html | undefined {
  if (summary.profile.topics.length === 0) return undefined;
  const bars = summary.profile.topics.map(({ words, rows: count, lines }): BarRow => {
    const questions = lines.flatMap((line) => {
      const row = rows.get(line);
      if (row === undefined) return [];
      const text =
        questionOf(row) ||
        textsOf(row)
          .map((one) => one.text)
          .join(' ');
      return [
        html`<li><span class="place">line ${grouped(line)}</span> ${text
          .slice(text.lastIndexOf('\n\n') + 1)
          .trim()
          .slice(0, 220)}</li>`,
      ];
    });
    return { label: words.join(', '), count, more: html`<ul class="central">${questions}</ul>` };
  });
  return html`<p class="quiet">Groups of rows that share words, named by what is typical of each. Open one to see its central rows. A short bar is a hole in the range.</p>${barList(bars)}`;
}
