/** The HTML report: complete, self-contained, and not to be broken by what the rows hold. */
import { expect, test } from 'vitest';
import { checkDataset } from '../../src/data/check.ts';
import { ReportCollector } from '../../src/data/report/collect.ts';
import { escapeHtml } from '../../src/data/report/html.ts';
import { markedText } from '../../src/data/report/marked-text.ts';
import { reportPage } from '../../src/data/report/page.ts';
import { markedDifference } from '../../src/data/report/word-difference.ts';
import { dataFile } from './support/write-data.ts';

async function pageOf(rows: readonly object[]): Promise<string> {
  const path = dataFile(rows);
  const collector = new ReportCollector();
  for await (const found of checkDataset(path)) {
    if ('summary' in found) return reportPage(await collector.finish(found.summary, path), new Date(0));
    collector.add(found);
  }
  throw new Error('no summary');
}

const attack = '</script><script>alert(1)</script><img src=x onerror=alert(2)> "\' &amp; {{7*7}}';

test('hostile rows stay text', async () => {
  const rows = Array.from({ length: 40 }, (_, i) => ({
    id: attack,
    topic: i % 2 === 0 ? attack : 'b',
    [attack]: attack,
    instruction: `${attack} ${i}`,
    output: `${attack} ${'word '.repeat(30)} number ${i}. </textarea></style> jane@x.org`,
  }));
  const page = await pageOf(rows);
  expect(page.match(/<script/g)).toHaveLength(1);
  expect(page).not.toMatch(/<img|onerror=alert\(2\)>/);
  expect(page).toContain('&lt;script&gt;alert(1)');
});

test('a page needs nothing from elsewhere, and forbids it', async () => {
  const page = await pageOf([
    { prompt: 'a', completion: '' },
    { prompt: 'Where?', completion: 'See https://example.org/x there.' },
  ]);
  expect(page).not.toMatch(/(?:src|href)="(?!#)/);
  expect(page).not.toMatch(/@import|url\(/);
  expect(page).toContain('default-src &#39;none&#39;');
  expect(page).toContain('1 error stops');
});

test('a clean file says so', async () => {
  expect(await pageOf([{ prompt: 'How are you today?', completion: 'I am well, thank you for asking me.' }])).toContain(
    'Nothing was found',
  );
});

test('what no page may hold is replaced, what nobody sees is named', () => {
  expect(escapeHtml('a\0\ud800<')).toBe('a\uFFFD\uFFFD&lt;');
  expect(markedText('x\u200By', 'y').text).toBe('x<span class="hidden-character">U+200B</span><mark>y</mark>');
  expect(markedText('long '.repeat(1000), 'missing').text).toContain('more …');
});

test('two texts are marked where they differ', () => {
  const [a, b] = markedDifference('it costs 5 dollars <b>', 'it costs 9 dollars <b> now');
  expect(a.text).toBe('it costs <mark>5</mark> dollars &lt;b&gt;');
  expect(b.text).toBe('it costs <mark>9</mark> dollars &lt;b&gt;<mark> now</mark>');
});
