/** Rules between fields, which no single field can see. They run on input that already has the right types. */
import type { FettleConfig } from './schema.ts';

export interface BrokenRule {
  path: readonly string[];
  message: string;
  hint?: string;
}

export function brokenRules(config: FettleConfig): BrokenRule[] {
  return [...dataSources(config.data), ...shares(config.data), ...fullFineTuning(config)];
}

function* dataSources(data: FettleConfig['data']): Generator<BrokenRule> {
  const files = (['train', 'validation', 'test'] as const).filter((key) => data[key] !== undefined);
  if (data.path !== undefined) {
    const hint = 'give either path, which is split, or train and validation';
    for (const key of files) yield { path: ['data', key], message: 'expected no separate file beside data.path, found one', hint };
    return;
  }
  if (files.length === 0) {
    yield {
      path: ['data'],
      message: 'expected path, or train and validation; found none of them',
      hint: 'add "path: data/examples.jsonl" under data',
    };
    return;
  }
  for (const key of ['train', 'validation'] as const) {
    if (data[key] === undefined) {
      yield {
        path: ['data', key],
        message: `missing; expected a file, since data.${files[0]} is given`,
        hint: 'or give one file as data.path, which is split',
      };
    }
  }
}

function* shares({ path, split }: FettleConfig['data']): Generator<BrokenRule> {
  if (path === undefined) return;
  const sum = split.train + split.validation + split.test;
  if (Math.abs(sum - 1) > 1e-6) {
    yield { path: ['data', 'split'], message: `expected train + validation + test = 1, found ${Number(sum.toFixed(6))}` };
  }
  if (split.train === 0) yield { path: ['data', 'split', 'train'], message: 'expected a share above 0, found 0' };
}

function* fullFineTuning({ method, quantization }: FettleConfig): Generator<BrokenRule> {
  if (method.type !== 'full') return;
  if (quantization !== 'none') {
    const hint = 'set "quantization: none", or "method.type: lora" to train adapters on a 4-bit base';
    yield {
      path: ['quantization'],
      message: `expected none, since method.type full trains the base weights themselves; found ${quantization}`,
      hint,
    };
  }
  if (method.init_adapter !== null) {
    yield { path: ['method', 'init_adapter'], message: 'expected null, since method.type full has no adapter; found one' };
  }
}
