/** `metrics.jsonl`: one whole line a step and a line an evaluation. */
import { readFileSync } from 'node:fs';
import { replaceText } from '../atomic-file.ts';
import { isNotThere } from '../system-errors.ts';
import type { EvalEvent, StepEvent } from './events.ts';
import { LineFile } from './line-file.ts';

/** What is kept of a step and of an evaluation: what does not depend on how far the run still has to go. */
export type StepMetrics = Omit<StepEvent, 'type' | 'total_steps' | 'tokens_per_second' | 'eta_seconds'>;
export type EvalMetrics = Omit<EvalEvent, 'type' | 'best'>;

export type Metrics = StepMetrics | EvalMetrics;

export class MetricsFile {
  readonly #file: LineFile;
  #lines: Metrics[];

  private constructor(path: string, lines: Metrics[]) {
    this.#file = new LineFile(path);
    this.#lines = lines;
  }

  /** Opens the file, cut back to the lines that `keep` wants; a torn line and second copies are dropped. */
  static async open(path: string, keep: (line: Metrics) => boolean): Promise<MetricsFile> {
    const lines = readMetrics(path).filter(keep);
    await replaceText(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return new MetricsFile(path, lines);
  }

  /** All lines so far, in order. */
  get lines(): readonly Metrics[] {
    return this.#lines;
  }

  append(metrics: Metrics): void {
    this.#file.append(metrics);
    this.#lines.push(metrics);
  }

  sync(): void {
    this.#file.sync();
  }

  close(): void {
    this.#file.close();
  }
}

/** The whole lines of a metrics file, first copies only; an absent file has none. */
export function readMetrics(path: string): Metrics[] {
  const seen = new Set<string>();
  const lines: Metrics[] = [];
  for (const text of readIfThere(path).split('\n')) {
    const line = parseLine(text);
    if (line === undefined) continue;
    const key = `${'eval_loss' in line ? 'eval' : 'step'} ${line.step}`;
    if (seen.has(key)) continue;
    seen.add(key);
    lines.push(line);
  }
  return lines;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (isNotThere(cause)) return '';
    throw cause;
  }
}

/** Undefined for a blank line and for one that a killed process left torn. */
function parseLine(text: string): Metrics | undefined {
  if (!text.endsWith('}')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'step' in value ? (value as Metrics) : undefined;
  } catch {
    return undefined; // torn: the resumed run writes it again
  }
}
