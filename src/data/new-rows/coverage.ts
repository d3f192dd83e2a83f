/** What a new data set still lacks, topic by topic. */
import type { Row } from '../row.ts';
import type { Plan } from './plan.ts';

export interface TopicCoverage {
  topic: string;
  rows: number;
  /** Its even share of the goal. */
  wanted: number;
  /** Rows still to be written. */
  missing: number;
}

export interface Coverage {
  rows: number;
  goal: number;
  /** The planned topics and those that rows have besides, the most missing first. */
  topics: TopicCoverage[];
  /** Rows without a topic, where there are topics. */
  unlabelled: number;
}

export function coverageOf(rows: readonly Row[], { topics, goal }: Pick<Plan, 'topics' | 'goal'>): Coverage {
  const counts = new Map(topics.map((topic) => [topic, 0]));
  let unlabelled = 0;
  for (const { fields } of rows) {
    const topic = typeof fields.topic === 'string' ? fields.topic.trim() : '';
    if (topic === '') unlabelled++;
    else counts.set(topic, (counts.get(topic) ?? 0) + 1);
  }
  const wanted = counts.size === 0 ? 0 : Math.ceil(goal / counts.size);
  const found = [...counts].map(([topic, count]) => ({ topic, rows: count, wanted, missing: Math.max(0, wanted - count) }));
  return { rows: rows.length, goal, topics: found.sort((a, b) => b.missing - a.missing), unlabelled: counts.size === 0 ? 0 : unlabelled };
}

/** The topic that lacks the most rows; '' without topics. */
export function nextTopic({ topics }: Coverage): string {
  return topics[0]?.topic ?? '';
}
