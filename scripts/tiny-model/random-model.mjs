/** A Llama-shaped model folder with random weights: what the tiny model's training starts from. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from './random.mjs';
import { writeSafetensors } from './safetensors.mjs';

/** 3.77 million parameters, 7.5 MB in bf16. */
export const config = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: 2048,
  hidden_size: 256,
  intermediate_size: 448,
  num_hidden_layers: 6,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 64,
  max_position_embeddings: 1024,
  hidden_act: 'silu',
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  attention_bias: false,
  mlp_bias: false,
  tie_word_embeddings: true,
  bos_token_id: 1,
  eos_token_id: 2,
  pad_token_id: 2,
  dtype: 'bfloat16',
};

function normal(random, count, deviation) {
  return Float32Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
    return deviation * radius * Math.cos(2 * Math.PI * random.next());
  });
}

/** Name and shape of every tensor, as transformers names them. */
function tensorShapes() {
  const { vocab_size, hidden_size, intermediate_size, num_attention_heads, num_key_value_heads, head_dim } = config;
  const queries = num_attention_heads * head_dim;
  const keys = num_key_value_heads * head_dim;
  const layer = [
    ['input_layernorm', [hidden_size]],
    ['self_attn.q_proj', [queries, hidden_size]],
    ['self_attn.k_proj', [keys, hidden_size]],
    ['self_attn.v_proj', [keys, hidden_size]],
    ['self_attn.o_proj', [hidden_size, queries]],
    ['post_attention_layernorm', [hidden_size]],
    ['mlp.gate_proj', [intermediate_size, hidden_size]],
    ['mlp.up_proj', [intermediate_size, hidden_size]],
    ['mlp.down_proj', [hidden_size, intermediate_size]],
  ];
  const layers = Array.from({ length: config.num_hidden_layers }, (_, i) =>
    layer.map(([name, shape]) => [`model.layers.${i}.${name}.weight`, shape]),
  );
  return [['model.embed_tokens.weight', [vocab_size, hidden_size]], ...layers.flat(), ['model.norm.weight', [hidden_size]]];
}

/** Normal weights of deviation 0.02; those that write to the residual stream smaller, by the root of their number (GPT-2's rule). */
export function writeRandomModel(folder, seed) {
  const random = new Random(seed);
  const residual = 0.02 / Math.sqrt(2 * config.num_hidden_layers);
  const tensors = tensorShapes().map(([name, shape]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    if (shape.length === 1) return { name, shape, values: new Float32Array(count).fill(1) };
    return { name, shape, values: normal(random, count, /o_proj|down_proj/.test(name) ? residual : 0.02) };
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  writeSafetensors(join(folder, 'model.safetensors'), tensors, 'F32');
}
