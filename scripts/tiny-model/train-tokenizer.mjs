#!/usr/bin/env node
/**
 * Learns the tiny model's tokenizer: node scripts/tiny-model/train-tokenizer.mjs CORPUS_FOLDER OUT_FOLDER [--vocab N]
 * Byte-level BPE with SmolLM2's pre-tokenizer (every digit alone, then GPT-2's expression) and its ChatML tokens.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BPE, byteLevelAlphabet, byteLevelPreTokenizer, digitsPreTokenizer, sequencePreTokenizer, Tokenizer } from 'tokenizers';

const special = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
const chatTemplate =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** The merges that BPE learns from the texts, best first: the library's trainer, on files without the special tokens. */
function learnMerges(texts) {
  const folder = mkdtempSync(join(tmpdir(), 'tiny-tokenizer-'));
  try {
    const file = join(folder, 'corpus.txt');
    writeFileSync(file, texts.flatMap((text) => text.split(/<\|\w+\|>/)).join('\n'));
    const tokenizer = new Tokenizer(BPE.empty());
    tokenizer.setPreTokenizer(sequencePreTokenizer([digitsPreTokenizer(true), byteLevelPreTokenizer(false, true)]));
    tokenizer.train([file]);
    const saved = join(folder, 'tokenizer.json');
    tokenizer.save(saved);
    return JSON.parse(readFileSync(saved, 'utf8')).model.merges;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A vocabulary of `size`: the special tokens, the 256 bytes, and as many of the first merges as fit. */
function tokenizerJson(merges, size) {
  const alphabet = byteLevelAlphabet().sort();
  const kept = merges.slice(0, size - special.length - alphabet.length);
  const vocab = [...new Set([...special, ...alphabet, ...kept.map((pair) => pair.join(''))])];
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => {
      return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
    }),
    normalizer: null,
    pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel] },
    post_processor: null,
    decoder: { ...byteLevel, add_prefix_space: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocab.map((token, id) => [token, id])),
      merges: kept,
    },
  };
}

const tokenizerConfig = {
  tokenizer_class: 'PreTrainedTokenizerFast',
  model_max_length: 1024,
  clean_up_tokenization_spaces: false,
  bos_token: '<|im_start|>',
  eos_token: '<|im_end|>',
  unk_token: '<|endoftext|>',
  pad_token: '<|im_end|>',
  chat_template: chatTemplate,
};

const { values, positionals } = parseArgs({ allowPositionals: true, options: { vocab: { type: 'string', default: '2048' } } });
const [corpus, out] = positionals;
if (!corpus || !out) {
  console.error('usage: train-tokenizer.mjs CORPUS_FOLDER OUT_FOLDER [--vocab N]');
  process.exit(2);
}
const rows = readFileSync(join(corpus, 'train.jsonl'), 'utf8').trimEnd().split('\n');
const texts = rows.map((row) => JSON.parse(row).text);
const json = tokenizerJson(learnMerges(texts), Number(values.vocab));
mkdirSync(out, { recursive: true });
writeFileSync(join(out, 'tokenizer.json'), `${JSON.stringify(json)}\n`);
writeFileSync(join(out, 'tokenizer_config.json'), `${JSON.stringify(tokenizerConfig, null, 2)}\n`);
console.log(`${Object.keys(json.model.vocab).length} tokens, ${json.model.merges.length} merges`);
