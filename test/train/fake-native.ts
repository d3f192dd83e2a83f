/**
 * A whole `NativeModel` in a page of TypeScript: a bigram model whose one linear, `model.layers.0.self_attn.q_proj`, gives the logits of
 * the next token from the one before. Real gradients, real AdamW, fp32 arenas: enough to test everything around the engine.
 */
import type {
  AdamWOptions,
  Batch,
  BatchLoss,
  LoraOptions,
  NativeModel,
  NativeSession,
  OptimizerPart,
  SequenceInput,
  StepResult,
  TrainableInfo,
  TrainableKind,
  TrainBatchOptions,
} from '../../src/native/types.ts';
import { philox4x32 } from '../../src/train/philox.ts';

const moments = ['exp_avg', 'exp_avg_sq'] as const;
type Arenas = Record<TrainableKind | (typeof moments)[number], Float32Array>;

export const fakeModule = 'model.layers.0.self_attn.q_proj';

const uniform = (index: number, seed: number) => philox4x32([index, 1, 2, 3], [seed, 0])[0] / 2 ** 32 - 0.5;

export class FakeNative implements NativeModel {
  readonly vocab: number;
  readonly base: Float32Array;
  /** Rows whose loss is NaN when this token is their first. */
  poison: number | null = null;
  /** Called before every engine call that a run waits for. */
  onCall: (name: string) => void | Promise<void> = () => {};
  #lora: LoraOptions | null = null;
  #infos: TrainableInfo[] = [];
  #arenas: Arenas = empty(0);
  #losses: BatchLoss[] = [];

  constructor(vocab = 16, seed = 7) {
    this.vocab = vocab;
    this.base = Float32Array.from({ length: vocab * vocab }, (_, i) => 2 * uniform(i, seed));
  }

  parameters = () => [{ name: `${fakeModule}.weight`, shape: [this.vocab, this.vocab], linear: true }];
  load = async () => {};
  finishLoading = () => {};

  addLora(options: LoraOptions): void {
    const { r, seed } = options;
    this.#lora = options;
    this.#infos = [
      { name: `${fakeModule}.lora_A.weight`, shape: [r, this.vocab], offset: 0 },
      { name: `${fakeModule}.lora_B.weight`, shape: [this.vocab, r], offset: r * this.vocab },
    ];
    this.#arenas = empty(2 * r * this.vocab);
    for (let i = 0; i < r * this.vocab; i++) this.#arenas.param[i] = uniform(i, seed);
  }

  removeLora(): void {
    this.#lora = null;
    this.#infos = [];
    this.#arenas = empty(0);
  }

  keepLora(): number {
    this.removeLora();
    return 0;
  }
  dropAdapter = (_adapter: number) => {};

  trainAll(): void {
    this.#infos = [{ name: `${fakeModule}.weight`, shape: [this.vocab, this.vocab], offset: 0 }];
    this.#arenas = { ...empty(this.base.length), param: this.base };
  }

  trainables = () => this.#infos;
  get trainableSize(): number {
    return this.#arenas.param.length;
  }
  readTrainables = async (kind: TrainableKind, out: Float32Array, offset = 0) =>
    out.set(this.#arenas[kind].subarray(offset, offset + out.length));
  writeTrainables = async (kind: TrainableKind, values: Float32Array, offset = 0) => this.#arenas[kind].set(values, offset);
  setOptimizer = () => {};
  optimizerState = (): OptimizerPart[] =>
    moments.flatMap((moment) => this.#infos.map(({ name, shape }) => ({ name: `${moment}.${name}`, shape, dtype: 'f32' })));
  readOptimizerState = async (name: string, out: Float32Array | Uint8Array) => out.set(this.#part(name));
  writeOptimizerState = async (name: string, values: Float32Array | Uint8Array) => this.#part(name).set(values);
  setActivationCheckpointing = () => {};
  zeroGrad(): void {
    this.#arenas.grad.fill(0);
    this.#losses = [];
  }

  async forwardBackward(batch: Batch, options: TrainBatchOptions): Promise<void> {
    await this.onCall('forwardBackward');
    this.#losses.push(this.#run(batch, (prev, dLogits) => this.#backward(prev, dLogits, options.loss_scale)));
  }

  async losses(): Promise<BatchLoss> {
    return {
      loss_sum: Float64Array.from(this.#losses.flatMap(({ loss_sum }) => [...loss_sum])),
      supervised: Int32Array.from(this.#losses.flatMap(({ supervised }) => [...supervised])),
    };
  }

  async optimizerStep(o: AdamWOptions): Promise<StepResult> {
    const losses = await this.losses();
    const grad_norm = Math.sqrt(this.#arenas.grad.reduce((sum, g) => sum + g * g, 0));
    if (losses.loss_sum.every(Number.isFinite) && Number.isFinite(grad_norm)) this.#update(o, grad_norm);
    return { ...losses, grad_norm };
  }

  #update(o: AdamWOptions, norm: number): void {
    const { param, grad, exp_avg: m, exp_avg_sq: v } = this.#arenas;
    const scale = o.max_grad_norm === null ? 1 : Math.min(1, o.max_grad_norm / (norm + 1e-6));
    for (let i = 0; i < param.length; i++) {
      const g = grad[i]! * scale;
      m[i] = o.beta1 * m[i]! + (1 - o.beta1) * g;
      v[i] = o.beta2 * v[i]! + (1 - o.beta2) * g * g;
      const step = m[i]! / (1 - o.beta1 ** o.step) / (Math.sqrt(v[i]! / (1 - o.beta2 ** o.step)) + o.epsilon);
      param[i] = param[i]! * (1 - o.learning_rate * o.weight_decay) - o.learning_rate * step;
    }
  }

  async evaluate(batch: Batch): Promise<BatchLoss> {
    await this.onCall('evaluate');
    return this.#run(batch, () => {});
  }

  async logits(batch: Batch): Promise<Float32Array> {
    const out = new Float32Array(batch.input_ids.length * this.vocab);
    for (const [t, id] of batch.input_ids.entries()) out.set(this.#logitsAfter(id), t * this.vocab);
    return out;
  }

  meanHidden(): Promise<Float32Array> {
    throw new Error('a bigram model has no states');
  }

  async firstNonFinite(batch: Batch): Promise<string | null> {
    const { loss_sum } = this.#run(batch, () => {});
    return loss_sum.every(Number.isFinite) ? null : `${fakeModule}.output`;
  }

  createSession(): NativeSession {
    const sequences: number[][] = [];
    const next = ({ sequence, ids, sampling }: SequenceInput, logits?: Float32Array) => {
      const seen = sequences[sequence]!;
      seen.push(...ids);
      const row = this.#logitsAfter(seen.at(-1)!);
      logits?.set(row);
      const noise = (i: number) => -Math.log(-Math.log(0.5 + 0.999 * uniform(seen.length * this.vocab + i, sampling.seed)));
      const scored = [...row].map((x, i) => (sampling.temperature === 0 ? x : x / sampling.temperature + noise(i)));
      return scored.indexOf(Math.max(...scored));
    };
    return {
      add: () => sequences.push([]) - 1,
      remove: () => {},
      length: (sequence) => sequences[sequence]!.length,
      step: async (inputs, logits) =>
        Int32Array.from(inputs, (input, i) => next(input, logits?.subarray(i * this.vocab, (i + 1) * this.vocab))),
      free: () => {},
    };
  }

  memory = () => ({});
  graphLaunches = 0;
  setProfiling = () => {};
  reserve = () => {};
  trainingMemory = () => ({ weights: 0, trainables: 0, activations: 0 });
  takeProfile = () => [];
  free = () => {};

  #part(name: string): Float32Array {
    const moment = moments.find((each) => name.startsWith(`${each}.`))!;
    const { shape, offset } = this.#infos.find((info) => name === `${moment}.${info.name}`)!;
    return this.#arenas[moment].subarray(offset, offset + shape[0]! * shape[1]!);
  }

  get #scale(): number {
    return this.#lora === null ? 0 : this.#lora.lora_alpha / (this.#lora.use_rslora ? Math.sqrt(this.#lora.r) : this.#lora.r);
  }

  #logitsAfter(prev: number): Float32Array {
    const row = this.base.slice(prev * this.vocab, (prev + 1) * this.vocab);
    const r = this.#lora?.r ?? 0;
    for (let out = 0; out < this.vocab; out++) {
      for (let k = 0; k < r; k++) row[out]! += this.#scale * this.#b(out, k) * this.#a(k, prev);
    }
    return row;
  }

  #a = (k: number, prev: number) => this.#arenas.param[k * this.vocab + prev]!;
  #b = (out: number, k: number) => this.#arenas.param[this.#infos[1]!.offset + out * this.#lora!.r + k]!;

  #backward(prev: number, dLogits: Float32Array, lossScale: number): void {
    const { grad } = this.#arenas;
    const r = this.#lora?.r ?? 0;
    for (let out = 0; out < this.vocab; out++) {
      const d = dLogits[out]! * lossScale;
      if (this.#lora === null) grad[prev * this.vocab + out]! += d;
      for (let k = 0; k < r; k++) {
        grad[k * this.vocab + prev]! += this.#scale * d * this.#b(out, k);
        grad[this.#infos[1]!.offset + out * r + k]! += this.#scale * d * this.#a(k, prev);
      }
    }
  }

  #run(batch: Batch, backward: (prev: number, dLogits: Float32Array) => void): BatchLoss {
    const sequences = batch.cu_seqlens.length - 1;
    const result = { loss_sum: new Float64Array(sequences), supervised: new Int32Array(sequences) };
    for (let s = 0; s < sequences; s++) {
      for (let t = batch.cu_seqlens[s]! + 1; t < batch.cu_seqlens[s + 1]!; t++) {
        const label = batch.labels?.[t] ?? -100;
        if (label === -100) continue;
        const prev = batch.input_ids[t - 1]!;
        const row = this.#logitsAfter(prev);
        const max = Math.max(...row);
        const total = row.reduce((sum, x) => sum + Math.exp(x - max), 0);
        result.loss_sum[s]! += Math.log(total) + max - row[label]!;
        result.supervised[s]!++;
        backward(
          prev,
          row.map((x, i) => Math.exp(x - max) / total - (i === label ? 1 : 0)),
        );
      }
      if (batch.input_ids[batch.cu_seqlens[s]!] === this.poison) result.loss_sum[s] = Number.NaN;
    }
    return result;
  }
}

function empty(size: number): Arenas {
  const arena = () => new Float32Array(size);
  return { param: arena(), grad: arena(), exp_avg: arena(), exp_avg_sq: arena() };
}
