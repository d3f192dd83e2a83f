/** What `auto` becomes: tokens per micro-batch, and what the forward pass keeps for the backward pass. */
import type { FettleConfig } from '../config/schema.ts';
import { FettleError } from '../errors.ts';
import type { ActivationCheckpointing, DecoderConfig } from '../native/types.ts';

/** Enough tokens to keep the matrix units busy, few enough to keep activations small. */
const autoMicroBatchTokens = 1024;
/** Share of the free memory that activations may take. */
const usableShare = 0.7;
const modes = ['none', 'selective', 'full'] as const;

export interface MemoryPlanInput {
  decoder: DecoderConfig;
  settings: Pick<FettleConfig['train'], 'micro_batch_tokens' | 'activation_checkpointing'>;
  compute_dtype: FettleConfig['compute_dtype'];
  /** 0 for full fine-tuning. */
  lora_rank: number;
  /** Tokens of the longest row. */
  longest_row: number;
  /** Bytes that may still be taken; see {@link freeMemory}. */
  free: number;
}

export interface MemoryPlan {
  micro_batch_tokens: number;
  activation_checkpointing: ActivationCheckpointing;
  /** Estimate for one micro-batch. */
  activation_bytes: number;
}

/**
 * Keeps as much as fits: first everything, then what is dear to recompute, then each layer's input only; then smaller micro-batches.
 * @throws FettleError FETTLE_MEMORY when even the longest row alone does not fit
 */
export function planMemory(input: MemoryPlanInput): MemoryPlan {
  const { settings, longest_row, free } = input;
  const budget = free * usableShare;
  const asked = settings.micro_batch_tokens === 'auto' ? autoMicroBatchTokens : settings.micro_batch_tokens;
  const sizes = settings.micro_batch_tokens === 'auto' ? [asked, asked / 2, asked / 4, longest_row] : [asked];
  const candidates = settings.activation_checkpointing === 'auto' ? modes : [settings.activation_checkpointing];
  for (const size of sizes) {
    const micro_batch_tokens = Math.max(size, longest_row);
    for (const activation_checkpointing of candidates) {
      const activation_bytes = activationBytes(input, micro_batch_tokens, activation_checkpointing);
      if (activation_bytes <= budget) return { micro_batch_tokens, activation_checkpointing, activation_bytes };
    }
  }
  const least = activationBytes(input, Math.max(sizes.at(-1)!, longest_row), candidates.at(-1)!);
  throw new FettleError(
    'FETTLE_MEMORY',
    `expected ${mebibytes(least)} MiB for the activations of one micro-batch, found ${mebibytes(budget)} MiB`,
    {
      hint: 'lower data.max_length or train.micro_batch_tokens, set activation_checkpointing: full, or use a smaller model; FETTLE_MEMORY sets the limit',
    },
  );
}

/** Bytes of activations for `tokens` tokens; the tensors are those of `csrc/model/activations.h`. */
export function activationBytes(
  input: Pick<MemoryPlanInput, 'decoder' | 'compute_dtype' | 'lora_rank'>,
  tokens: number,
  mode: ActivationCheckpointing,
): number {
  const c = input.decoder;
  const q = c.num_heads * c.head_dim;
  const qkv = q + 2 * c.num_kv_heads * c.head_dim;
  const linears = (c.fused_qkv ? 1 : 3) + 1 + (c.fused_gate_up ? 1 : 2) + 1;
  const layerInput = c.hidden_size;
  const products =
    qkv * (c.qk_norm ? 2 : 1) + q + c.hidden_size * (c.post_norms ? 3 : 1) + 2 * c.intermediate_size + linears * input.lora_rank;
  const cheap = 2 * c.hidden_size + c.intermediate_size;
  const perLayer = layerInput + (mode === 'full' ? 0 : products) + (mode === 'none' ? cheap : 0);
  const shared = (mode === 'full' ? products : 0) + (mode === 'none' ? 0 : cheap);
  const scratch = 4 * c.hidden_size + qkv + q + c.intermediate_size;
  return tokens * (c.num_layers * perLayer + shared + scratch) * (input.compute_dtype === 'bf16' ? 2 : 4);
}

/**
 * Bytes that may still be taken: `FETTLE_MEMORY` (bytes, or with K, M, G, optionally followed by iB) less what the process holds, else what the system offers.
 * @throws FettleError FETTLE_USAGE when the variable is not a size
 */
export function freeMemory(limit: string | undefined = process.env.FETTLE_MEMORY): number {
  if (limit === undefined || limit === '') return process.availableMemory();
  const parsed = /^(\d+(?:\.\d+)?)\s*([KMG]?)(?:i?B)?$/i.exec(limit.trim());
  if (parsed === null) {
    throw new FettleError('FETTLE_USAGE', `expected FETTLE_MEMORY as a size such as 6G, found ${JSON.stringify(limit)}`);
  }
  const unit = 1024 ** ['', 'K', 'M', 'G'].indexOf(parsed[2]!.toUpperCase());
  return Math.min(process.availableMemory(), Number(parsed[1]) * unit - process.memoryUsage.rss());
}

function mebibytes(bytes: number): number {
  return Math.max(0, Math.round(bytes / 2 ** 20));
}
