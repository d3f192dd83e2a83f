/** What a checkpoint knows besides tensors: all that a resumed run needs to give the bits of one that was never stopped. */
import { z } from 'zod';

export const checkpointStateSchema = z.object({
  version: z.literal(1),
  /** Optimizer steps done. */
  step: z.int().min(0),
  /** Why the run ended; null while it goes on. */
  finished: z.enum(['epochs', 'max_steps', 'early_stopping']).nullable(),
  /** The length that the run was asked for. */
  length: z.object({ epochs: z.number(), max_steps: z.int().nullable() }),
  /** True when an evaluation was due at `step` and has not been made. */
  pending_eval: z.boolean(),
  /** The lowest validation loss so far and its step. */
  best: z.object({ step: z.int().min(0), eval_loss: z.number() }).nullable(),
  early_stopping: z.object({ reference: z.number().nullable(), counter: z.int().min(0) }),
  /** Random numbers are counter-based: seed and step are their whole state. */
  seed: z.int(),
  /** Where the next step's rows begin: epoch (from 0) and place in the epoch's order. */
  data_order: z.object({ epoch: z.int().min(0), position: z.int().min(0) }),
  tokens_seen: z.int().min(0),
  supervised_tokens_seen: z.int().min(0),
  /** When the run began (ISO 8601): the date for templates that write one, so that a run resumed after midnight has the same rows. */
  began: z.iso.datetime(),
  /** Wall time spent in the run so far. */
  seconds: z.number().min(0),
  /** What `auto` became when the run began; a resumed run keeps it. */
  micro_batch_tokens: z.int().min(1),
  activation_checkpointing: z.enum(['none', 'selective', 'full']),
  /** SHA-256 of the training and validation rows, and what identifies the model. */
  train_hash: z.string(),
  validation_hash: z.string(),
  model_hash: z.string(),
});

export type CheckpointState = z.infer<typeof checkpointStateSchema>;
