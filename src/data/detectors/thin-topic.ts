/** Holes in the range: topics with far fewer rows than the others. */
import { type Finding, finding } from '../findings.ts';
import type { TopicProfile } from '../profile/data-profile.ts';

/** Fewer rows than this teach little, and fewer than this share of the typical topic are a hole. */
const thin = 8;
const thinShare = 0.25;
/** Smaller sets have no topics to speak of. */
const enoughRows = 100;

export function* thinTopics(topics: readonly TopicProfile[], file: string): Iterable<Finding> {
  const rows = topics.reduce((sum, topic) => sum + topic.rows, 0);
  if (rows < enoughRows) return;
  const typical = topics[Math.floor(topics.length / 2)]!.rows;
  for (const { words, rows: few, lines } of topics) {
    if (few >= Math.max(thin, typical * thinShare)) continue;
    const message = `only ${few} rows are about ${words.join(', ')} (lines ${lines.join(', ')}); the typical topic has ${typical}`;
    yield finding('thin-topic', { file, line: null, value: words.join(' '), message });
  }
}
