/**
 * The typed face of the addon (`csrc/napi`). The engine knows numbers only: which family a model belongs to, where its
 * weights lie and what its tensors are called in a file is decided in `src/model`.
 * Shapes use the letters of docs/notation.md: T tokens, S sequences, V vocabulary, H hidden, L layers.
 */

/** A rotary table: angle(pos, i) = pos * inv_freq[i]; cos and sin are multiplied by `attention_scaling`. */
export interface RopeTable {
  /** [rotary_dim / 2], as the family defines it (default, linear, llama3, yarn already applied). */
  inv_freq: Float32Array;
  /** 1 except for yarn. */
  attention_scaling: number;
}

/** A decoder, by numbers; `csrc/model/config.h` is its mirror. 0 means "none" for caps and windows. */
export interface DecoderConfig {
  vocab_size: number;
  hidden_size: number;
  intermediate_size: number;
  num_layers: number;
  num_heads: number;
  num_kv_heads: number;
  head_dim: number;
  max_positions: number;
  rms_norm_eps: number;
  /** Gemma: the norm multiplies by (1 + weight). */
  norm_add_one: boolean;
  activation: 'silu' | 'gelu_tanh';
  /** Factor on Q K^T, usually 1 / sqrt(head_dim). */
  attention_scale: number;
  attention_soft_cap: number;
  logit_soft_cap: number;
  /** Per layer: how many last positions (itself included) a token sees; 0 = all. [L] */
  sliding_window: number[];
  rope_tables: RopeTable[];
  /** Per layer: index into `rope_tables`. [L] */
  rope_of_layer: number[];
  /** Factor on the embedding rows (Gemma: sqrt(hidden), rounded to bf16 as the family does); else 1. */
  embedding_scale: number;
  tie_word_embeddings: boolean;
  qkv_bias: boolean;
  /** o_proj bias (some Llama configs' attention_bias). */
  o_bias: boolean;
  mlp_bias: boolean;
  qk_norm: boolean;
  /** Gemma 2/3: norms after attention and after the MLP (pre_/post_feedforward_layernorm). */
  post_norms: boolean;
  /** Phi-3: one qkv_proj and one gate_up_proj. */
  fused_qkv: boolean;
  fused_gate_up: boolean;
}

/** How a stored tensor's numbers are written. GGUF's names, and safetensors' F32, F16, BF16. */
export type StoredType = 'F32' | 'F16' | 'BF16' | 'Q8_0' | 'Q4_0' | 'Q4_1' | 'Q5_0' | 'Q5_1' | 'Q4_K' | 'Q5_K' | 'Q6_K';

/** Bytes of one tensor in a file. */
export interface StoredTensor {
  file: string;
  /** Byte offset from the start of the file. */
  offset: number;
  bytes: number;
  type: StoredType;
  /** Row-major, [rows, cols] or [n]. */
  shape: number[];
  /** GGUF llama stores q and k with rotary rows interleaved: the number of heads whose rows must be put back. */
  permuted_heads?: number;
  /** Added to every value on load (GGUF Gemma stores 1 + weight: -1). */
  add?: number;
}

/** A weight that bitsandbytes quantized: NF4 bytes and scales exactly as in its checkpoint. */
export interface StoredNf4 {
  nf4: true;
  shape: [rows: number, cols: number];
  blocksize: number;
  packed: { file: string; offset: number; bytes: number };
  /** uint8 codes when nested, else fp32. */
  absmax: { file: string; offset: number; bytes: number };
  /** Present when the scales are quantized too. */
  nested?: {
    absmax: { file: string; offset: number; bytes: number };
    /** fp32 [256], checked against the standard signed dynamic map. */
    map: { file: string; offset: number; bytes: number };
    offset: number;
    blocksize: number;
  };
}

/** Numbers made in place, for benchmarks and tests of shapes that no file is at hand for. NF4 weights have mean 0. */
export interface RandomWeight {
  random: { seed: number; mean: number; std: number };
}

export type WeightSource = StoredTensor | StoredNf4;

export interface ModelOptions {
  device: string;
  compute_dtype: 'bf16' | 'f32';
  /** How linear weights are kept; a `StoredNf4` source stays as it is. */
  quantization: 'nf4' | 'none';
}

export interface ParameterInfo {
  /** Hugging Face's name, e.g. `model.layers.0.self_attn.q_proj.weight`. */
  name: string;
  shape: number[];
  /** A linear of a layer: quantized under `quantization: nf4`, a target for LoRA. */
  linear: boolean;
}

export interface LoraOptions {
  r: number;
  lora_alpha: number;
  lora_dropout: number;
  use_rslora: boolean;
  /** Whole module names or their ends after a dot, as PEFT matches them: `q_proj`, `model.layers.0.mlp.down_proj`. */
  target_modules: string[];
  /** Seed of A's initial values (B starts at zero). */
  seed: number;
}

/** A micro-batch: S sequences laid end to end, no padding. */
export interface Batch {
  /** [T] */
  input_ids: Int32Array;
  /** [S + 1], starting at 0, ending at T. */
  cu_seqlens: Int32Array;
  /** [T], aligned with input_ids as in Hugging Face (NOT shifted): -100 where not supervised. A sequence's first label is never a target. */
  labels?: Int32Array;
  /** [S]: a number that names the row within the optimizer step; dropout is keyed by it, so micro-batching does not change the mask. */
  row_ids?: Uint32Array;
}

/** Per sequence: sum of -log p over its supervised tokens, and their number. */
export interface BatchLoss {
  loss_sum: Float64Array;
  supervised: Int32Array;
}

export interface TrainBatchOptions {
  /** Factor on the summed loss before backward: 1 / (supervised tokens of the whole optimizer step). */
  loss_scale: number;
  seed: number;
  /** Optimizer step, part of the dropout key. */
  step: number;
}

export interface AdamWOptions {
  learning_rate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weight_decay: number;
  /** 1-based number of this update, for bias correction. */
  step: number;
  /** The gradient is scaled by min(1, max_grad_norm / norm); null: it is not. */
  max_grad_norm: number | null;
}

/** What an optimizer step was: the losses of every sequence since `zeroGrad`, and the gradient's norm. */
export interface StepResult extends BatchLoss {
  /** Global L2 norm before clipping, summed in fp64 in a fixed order. */
  grad_norm: number;
}

/** What training would be. */
export interface TrainingRequest {
  /** Of the largest micro-batch. */
  tokens: number;
  activation_checkpointing: ActivationCheckpointing;
  optimizer: Optimizer;
  /** Null: all weights are trained. */
  lora: LoraOptions | null;
  /** The files hold bf16, which then stays so where nothing is quantized. */
  stored_bf16: boolean;
}

/** Bytes by purpose. */
export interface TrainingMemory {
  weights: number;
  /** Parameters, gradients and moments, with the copies that products read. */
  trainables: number;
  activations: number;
}

export interface TrainableInfo {
  /** LoRA: `model.layers.0.self_attn.q_proj.lora_A.weight`; full: the parameter's own name. */
  name: string;
  shape: number[];
  /** Offset in elements into the fp32 arena. */
  offset: number;
}

export type TrainableKind = 'param' | 'grad';
/**
 * `adamw_8bit` keeps moments in bitsandbytes' 8-bit format, those of tensors below 4096 values in fp32; `paged_adamw_8bit` keeps the 8-bit
 * ones in the host's memory.
 */
export type Optimizer = 'adamw' | 'adamw_8bit' | 'paged_adamw_8bit';

/** A part of the optimizer's state, by the name that a checkpoint has for it. */
export interface OptimizerPart {
  /**
   * `exp_avg.<trainable>` and `exp_avg_sq.<trainable>`, f32 values or u8 codes; codes have their scales in `exp_avg_absmax.<trainable>` and
   * `exp_avg_sq_absmax.<trainable>`.
   */
  name: string;
  shape: number[];
  dtype: 'f32' | 'u8';
}

export type ActivationCheckpointing = 'none' | 'selective' | 'full';

export interface SamplingOptions {
  /** 0 is greedy. */
  temperature: number;
  /** 0 is off. */
  top_k: number;
  /** 1 is off. */
  top_p: number;
  seed: number;
}

/** A sequence's part of a step. */
export interface SequenceInput {
  /** Its number, from `add`. */
  sequence: number;
  /** What it goes on with: the whole prompt, then token after token. */
  ids: Int32Array;
  sampling: SamplingOptions;
  /** Number of an adapter that the model keeps (`keepLora`), for this sequence alone; absent: none. The same in all of its steps. */
  adapter?: number;
}

/**
 * Sequences that generate together. They join and leave between steps, without copies: their keys and values lie in blocks of one pool.
 * A step reads every weight once for all of them.
 */
export interface NativeSession {
  /** A new, empty sequence with room for so many tokens set aside, by its number; null when there is none until others leave. */
  add(tokens: number): number | null;
  remove(sequence: number): void;
  /** Tokens that a sequence holds. */
  length(sequence: number): number;
  /** The next token of each sequence named, in their order; `logits`, [inputs, V], is filled when given. */
  step(inputs: readonly SequenceInput[], logits?: Float32Array): Promise<Int32Array>;
  free(): void;
}

export interface NativeModel {
  parameters(): ParameterInfo[];
  /** Streams one weight in (converting, quantizing); resolves when it is in place. */
  load(name: string, source: WeightSource | RandomWeight): Promise<void>;
  /** Throws FETTLE_MODEL_INCOMPLETE listing the parameters that were not loaded. */
  finishLoading(): void;

  addLora(options: LoraOptions): void;
  removeLora(): void;
  /**
   * Takes the LoRA adapter off the model and keeps it for sequences that ask for it by the number given, so that rows of one step may have
   * different ones. No step may run from `addLora` on until then.
   */
  keepLora(): number;
  /** An adapter that was kept; none of its sequences may go on. */
  dropAdapter(adapter: number): void;
  /** Makes every parameter trainable (needs quantization none). */
  trainAll(): void;
  trainables(): TrainableInfo[];
  /** Elements in the fp32 arena. */
  readonly trainableSize: number;
  readTrainables(kind: TrainableKind, out: Float32Array, offset?: number): Promise<void>;
  writeTrainables(kind: TrainableKind, values: Float32Array, offset?: number): Promise<void>;

  /** Chooses the optimizer (default adamw); it cannot change once `reserve` or a step has made its state. */
  setOptimizer(optimizer: Optimizer): void;
  optimizerState(): OptimizerPart[];
  readOptimizerState(name: string, out: Float32Array | Uint8Array): Promise<void>;
  writeOptimizerState(name: string, values: Float32Array | Uint8Array): Promise<void>;

  setActivationCheckpointing(mode: ActivationCheckpointing): void;
  /**
   * Takes the memory of training steps and evaluations with passes of up to `tokens` tokens at once, and gives back what larger ones had;
   * smaller passes take no more.
   */
  reserve(tokens: number): void;
  /** Bytes that training takes, whatever is on the model now; weights that are not loaded yet count as they will be. */
  trainingMemory(request: TrainingRequest): TrainingMemory;
  /** Begins an optimizer step. */
  zeroGrad(): void;
  /** Forward and backward of one micro-batch; gradients add up. A device is given the work and not waited for. */
  forwardBackward(batch: Batch, options: TrainBatchOptions): Promise<void>;
  /** Of every sequence since `zeroGrad`, in the order in which they came. */
  losses(): Promise<BatchLoss>;
  /** Clips and updates; when a loss or the gradient is not finite, the parameters and moments stay as they are. */
  optimizerStep(options: AdamWOptions): Promise<StepResult>;

  /** Loss without gradients or dropout. */
  evaluate(batch: Batch): Promise<BatchLoss>;
  /** fp32 logits of every position, [T, V] row-major. */
  logits(batch: Batch): Promise<Float32Array>;
  /** Mean over each sequence of the states after the first `depth` layers and the final norm, [S, H] row-major. */
  meanHidden(batch: Batch, depth: number): Promise<Float32Array>;
  /** Name of the first tensor (in forward, then backward order) that holds a non-finite value for this batch, or null. */
  firstNonFinite(batch: Batch, options: TrainBatchOptions): Promise<string | null>;

  /** Room for up to `sequences` sequences (default 1) of `tokens` tokens together. */
  createSession(tokens: number, sequences?: number): NativeSession;
  /** Bytes held, by purpose. */
  memory(): Record<string, number>;
  /** How many passes a device was given as a captured graph so far. */
  readonly graphLaunches: number;
  /** Times every op from now on, or no longer. It changes no result. */
  setProfiling(on: boolean): void;
  /** What was measured since the last call. */
  takeProfile(): OpTiming[];
  free(): void;
}

/** The least that a call of an op asks of a machine: `cost` in csrc/ops/*.h. */
export interface OpCost {
  /** Of products, two for a multiply and an add; 0 where nothing but data moves. */
  flops: number;
  /** Every tensor read or written once. */
  bytes: number;
  /** What is multiplied. */
  products: 'f32' | 'bf16';
  /** Rows, columns, and the length of a product's sums (else 0). */
  shape: [rows: number, columns: number, depth: number];
}

/** All calls of one op with one shape: `flops` and `bytes` are their sums. */
export interface OpTiming extends OpCost {
  op: string;
  calls: number;
  seconds: number;
}

/** Flops or bytes a second in each of some slices of time. */
export interface CeilingSamples {
  f32: Float64Array;
  bf16: Float64Array;
  /** From memory, past the caches. */
  read: Float64Array;
  /** Bytes read and bytes written. */
  copy: Float64Array;
}

export interface CpuInfo {
  /** The tier in use and all that this machine can run: scalar, portable, avx2, avx512, avx512bf16. */
  isa: string;
  available: string[];
  threads: number;
}

export interface DeviceInfo {
  name: string;
  /** sm_90 */
  architecture: string;
  driver: string;
  /** Where `fettle bench --tune` keeps what it measured on this device, with these kernels. */
  tuning_file: string;
  memory_bytes: number;
  free_bytes: number;
  multiprocessors: number;
}

export interface DeviceReport {
  /** Its library lies beside the addon and was built from the same sources. */
  built: boolean;
  devices: DeviceInfo[];
  problem: string;
  hint: string;
}

export interface NativeAddon {
  readonly version: string;
  cpuInfo(): CpuInfo;
  /** What a search for the devices of a kind found; `problem` says why there is none. */
  deviceReport(kind: 'cuda' | 'simt'): DeviceReport;
  setThreads(n: number): void;
  /** Ends the process at once: engine work that is running is not waited for, nothing is saved. */
  exitNow(code: number): never;
  /**
   * Takes an exclusive lock on an open file; it goes when the descriptor is closed or the process ends, however it ends.
   * @returns false when another open file has it
   */
  lockFile(descriptor: number): boolean;
  createModel(config: DecoderConfig, options: ModelOptions): NativeModel;
  /** Runs one engine op by name on typed tensors, on a named ISA tier or device; see src/native/ops.ts. */
  runOp(name: string, args: Record<string, unknown>, place?: string): void;
  /** Seconds of one run of an op, the mean of `runs` after one that is not counted; copies to and from a device are left out. */
  timeOp(name: string, args: Record<string, unknown>, runs: number, place?: string): number;
  /** The ways to run an op on a device that are worth measuring, as `FETTLE_CUDA_CONFIG` takes them; none where there is only one. */
  opPlans(name: string, args: Record<string, unknown>, place: string): string[];
  opNames(): string[];
  /** How many blocks of memory the engine has taken so far in this process; a training step takes none. */
  blocksTaken(): number;
  opCost(name: string, args: Record<string, unknown>): OpCost;
  /** What the tier in use can reach on this machine at a number of threads; `seconds` for each of the four. */
  measureCeilings(options: { threads: number; seconds: number }): Promise<CeilingSamples>;
}
