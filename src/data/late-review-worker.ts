/** The thread of src/data/late-review.ts. */
import { parentPort } from 'node:worker_threads';
import type { Detector } from './detectors/detector.ts';
import { lateDetectors } from './detectors/registry.ts';
import { rowComparison } from './detectors/row-comparison.ts';
import type { Finding } from './findings.ts';
import type { Meanings } from './meaning/row-meanings.ts';
import type { TopicProfile } from './profile/data-profile.ts';
import type { Row } from './row.ts';

/** What the thread is sent: rows; what they mean, where a model was asked; null at the end. */
export type LateRequest = Row[] | { meanings: Meanings } | null;
/** What it answers: no findings to each batch, then findings, then the topics. */
export type LateReply = { findings: Finding[] } | { topics: readonly TopicProfile[] };

const findingsInReply = 500;

const port = parentPort!;
const send = (reply: LateReply) => port.postMessage(reply);
const comparison = rowComparison();
const detectors = lateDetectors(comparison);

function finish(all: readonly Detector[]): void {
  let batch: Finding[] = [];
  for (const detector of all) {
    for (const found of detector.finish?.() ?? []) {
      if (batch.push(found) < findingsInReply) continue;
      send({ findings: batch });
      batch = [];
    }
  }
  send({ findings: batch });
  send({ topics: comparison.topics });
}

port.on('message', (request: LateRequest) => {
  void detectors.then((all) => {
    if (request === null) finish(all);
    else if ('meanings' in request) comparison.meanings = request.meanings;
    else {
      for (const detector of all) for (const row of request) detector.see?.(row);
      send({ findings: [] });
    }
  });
});
