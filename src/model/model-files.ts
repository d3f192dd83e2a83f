/** Files that a model's folder may hold beside its weights and config.json, by the names that transformers gives them. */

export const tokenizerFiles = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'tokenizer.model',
  'vocab.json',
  'merges.txt',
  'chat_template.jinja',
  'chat_template.json',
] as const;

export const generationConfigFile = 'generation_config.json';
