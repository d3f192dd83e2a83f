/** The loss of a model on a data file. */
import type { DataFormat } from '../config/schema.ts';
import { loadDataset } from '../data/dataset.ts';
import { type EncodedRow, encodeDataset } from '../data/encode.ts';
import { openSealed } from '../data/openings.ts';
import type { ReviewSummary } from '../data/review/review.ts';
import { findSeals, refuseSealed } from '../data/seal.ts';
import { FettleError } from '../errors.ts';
import type { LoadedModel } from '../model/load.ts';
import { evaluateRows } from './evaluate-rows.ts';
import { recordExam, runOf } from './exams.ts';
import { writeLogits } from './logits-file.ts';
import { useAdapter } from './use-adapter.ts';

export interface EvaluateOptions {
  /** Path of the data file. */
  data: string;
  format?: DataFormat;
  /** Folder of a PEFT adapter, used for this call only. */
  adapter?: string;
  train_on?: 'completion' | 'all';
  /** Default: the model's positions. */
  max_length?: number;
  long_examples?: 'error' | 'drop' | 'truncate';
  /** Default 1024; the loss does not depend on it. */
  micro_batch_tokens?: number;
  /** Opens sealed rows for this one exam; it is logged with the reason. Without it they are refused. */
  open_test?: { reason: string };
  /** Where to write fp32 logits ([tokens, vocab], rows end to end) as safetensors; for the format `tokens`. */
  logits_out?: string;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

export interface RowEvaluation {
  file: string;
  line: number;
  hash: string;
  /** Mean over the row's supervised tokens. */
  loss: number;
  supervised_tokens: number;
}

export interface Evaluation {
  /** Sum of -log p over the supervised tokens / their number. */
  loss: number;
  perplexity: number;
  tokens: number;
  supervised_tokens: number;
  rows: RowEvaluation[];
  /** How often the sealed rows have been opened, this time included; null when there were none. */
  test_openings: number | null;
  /** What reviewers decided about the rows, applied already; null where none did. */
  review: ReviewSummary | null;
  warnings: string[];
}

/**
 * Evaluates a model, with or without an adapter.
 * @throws FettleError what loading the data throws; FETTLE_SEALED, FETTLE_ADAPTER, FETTLE_NON_FINITE with the rows, FETTLE_INTERRUPTED
 * @example
 * ```ts
 * const model = await loadModel('HuggingFaceTB/SmolLM2-135M-Instruct', { quantization: 'none' });
 * const { loss, perplexity } = await evaluate(model, { data: 'validation.jsonl', adapter: 'runs/first/adapter' });
 * ```
 */
export async function evaluate(model: LoadedModel, options: EvaluateOptions): Promise<Evaluation> {
  const { source, native } = model;
  const { signal, train_on = 'completion', long_examples = 'error', micro_batch_tokens = 1024, onProgress } = options;
  const dataset = await loadDataset(options.data, { ...(options.format && { format: options.format }), ...(signal && { signal }) });
  const seals = await findSeals({ data: [options.data] });
  if (options.open_test === undefined) refuseSealed(dataset.rows, seals, 'evaluation');
  if (options.logits_out !== undefined && dataset.shape !== 'tokens') {
    throw new FettleError('FETTLE_USAGE', `expected rows of the format tokens for the logits file, found ${dataset.shape}`, {
      hint: 'make them with: fettle convert DATA --to tokens --model M --out FILE',
    });
  }
  const { tokenizer, chatTemplate, eosIds } = source;
  const { max_positions, vocab_size } = source.config;
  const max_length = options.max_length ?? max_positions;
  const rendering = { tokenizer, chatTemplate, eosIds, train_on };
  const encoding = { ...rendering, max_length, long_examples, max_positions, vocab_size, ...(signal && { signal }) };
  const { rows, report } = await encodeDataset(dataset, encoding);
  const adapter = options.adapter === undefined ? null : await useAdapter(model, options.adapter);
  try {
    // After every other check: an exam that could not be held must not count as an opening.
    const run = options.adapter ?? source.name;
    const opened = options.open_test && (await openSealed(dataset.rows, seals, { run, reason: options.open_test.reason }));
    const measured = await evaluateRows(native, rows, { micro_batch_tokens, signal, onProgress });
    if (measured === null) throw new FettleError('FETTLE_INTERRUPTED', 'the evaluation was interrupted');
    const evaluated = rows.map((row, index) => rowEvaluation(row, measured.loss_sums[index]!));
    expectFinite(evaluated);
    if (options.logits_out !== undefined) await writeLogits(options.logits_out, native, rows, vocab_size);
    const { loss, tokens, supervised_tokens } = measured;
    const lost = report.cut + report.dropped;
    const trained = opened === undefined || opened.rows === 0 || options.adapter === undefined ? undefined : runOf(options.adapter);
    if (trained !== undefined && opened !== undefined) {
      const { times, rows: sealed } = opened;
      const date = new Date().toISOString();
      await recordExam(trained, { date, data: options.data, reason: options.open_test!.reason, rows: sealed, loss, test_openings: times });
    }
    return {
      loss,
      perplexity: Math.exp(loss),
      tokens,
      supervised_tokens,
      rows: evaluated,
      test_openings: opened === undefined || opened.rows === 0 ? null : opened.times,
      review: dataset.review ?? null,
      warnings: [
        ...(adapter?.warnings ?? []),
        ...(lost === 0 ? [] : [`${report.cut} rows were cut and ${report.dropped} dropped: longer than ${report.limit} tokens`]),
        ...(opened?.edited ? ['the log of openings of the sealed test set was edited'] : []),
      ],
    };
  } finally {
    adapter?.remove();
  }
}

function rowEvaluation({ file, line, hash, supervised }: EncodedRow, lossSum: number): RowEvaluation {
  return { file, line, hash, loss: lossSum / supervised, supervised_tokens: supervised };
}

function expectFinite(rows: readonly RowEvaluation[]): void {
  const bad = rows.filter(({ loss }) => !Number.isFinite(loss));
  if (bad.length === 0) return;
  throw new FettleError('FETTLE_NON_FINITE', `expected finite losses, found ${bad.length} rows with ${bad[0]!.loss}`, {
    problems: bad.map(({ file, line, loss }) => ({ file, line, message: `loss ${loss}` })),
  });
}
