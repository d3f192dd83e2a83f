import { expect, it } from 'vitest';
import { parameterName, readCheckpoint } from '../../src/model/checkpoint.ts';
import type { LocatedTensor } from '../../src/model/safetensors-index.ts';
import { fettleError } from './support/expect-error.ts';

it.each([
  ['model.layers.0.self_attn.q_proj.weight', 'model.layers.0.self_attn.q_proj.weight'],
  ['lm_head.weight', 'lm_head.weight'],
  ['language_model.model.layers.3.mlp.up_proj.weight', 'model.layers.3.mlp.up_proj.weight'],
  ['language_model.lm_head.weight', 'lm_head.weight'],
  ['model.language_model.norm.weight', 'model.norm.weight'],
  ['layers.0.input_layernorm.weight', 'model.layers.0.input_layernorm.weight'],
  ['embed_tokens.weight', 'model.embed_tokens.weight'],
  ['model.layers.0.self_attn.rotary_emb.inv_freq', undefined],
  ['vision_tower.vision_model.encoder.layers.0.mlp.fc1.weight', undefined],
  ['model.vision_tower.vision_model.encoder.layers.0.mlp.fc1.weight', undefined],
  ['multi_modal_projector.mm_soft_emb_norm.weight', undefined],
])('%s is %s', (name, expected) => {
  expect(parameterName(name)).toBe(expected);
});

it('every tensor of a type that cannot be read is listed', async () => {
  const tensor = (name: string, dtype: string): [string, LocatedTensor] => [
    name,
    { name, dtype, shape: [1], offset: 0, bytes: 8, file: 'm.safetensors' },
  ];
  const tensors = new Map([
    tensor('lm_head.weight', 'F64'),
    tensor('model.norm.weight', 'BF16'),
    tensor('layers.0.mlp.up_proj.weight', 'F8_E4M3'),
  ]);
  const error = await fettleError('FETTLE_MODEL_UNSUPPORTED', () => readCheckpoint(tensors));
  expect(error.problems.map((problem) => problem.field)).toEqual(['lm_head.weight', 'layers.0.mlp.up_proj.weight']);
});

it('a head in 4 bits is refused', async () => {
  const name = 'lm_head.weight';
  const part = { dtype: 'U8', shape: [1], offset: 0, bytes: 1, file: 'm.safetensors' };
  const state = `${name}.quant_state.bitsandbytes__nf4`;
  const error = await fettleError('FETTLE_MODEL_UNSUPPORTED', () =>
    readCheckpoint(
      new Map([
        [name, { name, ...part }],
        [state, { name: state, ...part }],
      ]),
    ),
  );
  expect(error.problems[0]?.field).toBe(name);
});
