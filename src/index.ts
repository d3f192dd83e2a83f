/**
 * fettle's library: the same power as the command line.
 *
 * ```ts
 * import { compare, finetune, loadModel } from 'fettle';
 *
 * const model = 'HuggingFaceTB/SmolLM2-135M-Instruct';
 * for await (const event of finetune({ model, data: { path: 'examples.jsonl' }, output_dir: 'runs/first' })) {
 *   if (event.type === 'step') console.log(event.step, event.loss);
 * }
 *
 * using loaded = await loadModel(model, { quantization: 'nf4' });
 * for await (const { base, tuned } of compare(loaded, { adapter: 'runs/first/adapter', prompts: ['How do I reset my password?'] })) {
 *   console.log({ base: base.text, tuned: tuned.text });
 * }
 * ```
 *
 * Everything that goes wrong is a {@link FettleError} with a code of `docs/errors.md`. Nothing prints or exits.
 */

export { loadConfig } from './config/load.ts';
export { parseConfig } from './config/parse.ts';
export type { FettleConfig, FettleConfigInput } from './config/schema.ts';
export { type CheckOptions, type CheckSummary, checkDataset } from './data/check.ts';
export { type Dataset, loadDataset } from './data/dataset.ts';
export type { EncodedRow, EncodedRows, EncodeOptions } from './data/encode.ts';
export { encodeUnsealed as encodeDataset } from './data/encode-unsealed.ts';
export type { Finding, FindingCode, Severity } from './data/findings.ts';
export { type Change, type MendOptions, type MendSummary, mendDataset } from './data/mend/mend-dataset.ts';
export { type CheckedDraft, NewRows } from './data/new-rows/new-rows.ts';
export { type Agreement, agreement } from './data/review/agreement.ts';
export type { Decision, EditedTurn, Verdict } from './data/review/decision.ts';
export { decisionPath, readDecisionFile } from './data/review/decision-file.ts';
export { exportReviewed } from './data/review/export-reviewed.ts';
export { buildQueue, type QueueItem, type ReviewQueue } from './data/review/queue.ts';
export type { ReviewSummary } from './data/review/review.ts';
export { ReviewSession } from './data/review/session.ts';
export type { Row, Turn } from './data/row.ts';
export { type Split, type SplitConfig, splitDataset } from './data/split.ts';
export { type ErrorCode, errorCodes, FettleError, formatWhere, type Problem } from './errors.ts';
export type { GeneratedPiece, GenerationEnd } from './eval/answer.ts';
export { Chat, type ChatOptions } from './eval/chat.ts';
export { type CompareOptions, type Comparison, compare } from './eval/compare.ts';
export { type EvaluateOptions, type Evaluation, evaluate } from './eval/evaluate.ts';
export { complete, type GenerateOptions, generate } from './eval/generate.ts';
export { type CompleteAnswer, type GenerateAllOptions, generateAll } from './eval/generate-all.ts';
export { type AdapterInUse, useAdapter } from './eval/use-adapter.ts';
export { type LoadedModel, type LoadModelOptions, loadModel } from './model/load.ts';
export type { ModelProgress } from './model/progress.ts';
export { type ModelSource, type OpenModelOptions, openModel } from './model/source.ts';
export type * from './train/events.ts';
export { type FinetuneOptions, finetune } from './train/finetune.ts';
export type { RowClass } from './train/rank-rows.ts';
export { type RankedRow, type RunRows, rankRunRows } from './train/run-rows.ts';
