import { ChatTemplate } from '../chat-template.ts';
import { type AddedToken, exactAddedToken } from './added-token.ts';
import type { TextParts } from './from-folder.ts';
import { type GgufMetadata, MetadataReader, TokenType } from './gguf-metadata.ts';
import { type PreTokenizer, preTokenizers } from './gguf-pre-tokenizers.ts';
import { mergesFromScores } from './sentencepiece-merges.ts';
import { Tokenizer } from './tokenizer.ts';
import type { TokenizerJson, TokenizerOptions } from './tokenizer-json.ts';

const key = (name: string) => `tokenizer.ggml.${name}`;

interface Vocabulary {
  tokens: string[];
  types: number[];
}

function readVocabulary(reader: MetadataReader): Vocabulary {
  const tokens = reader.texts(key('tokens'));
  if (!tokens || tokens.length === 0) {
    if (reader.problems.length === 0) reader.problem(key('tokens'), 'expected an array of strings, found nothing');
    reader.throwProblems();
  }
  const found = tokens as string[];
  const types = reader.numbers(key('token_type'), found.length) ?? found.map(() => TokenType.normal);
  const firstId = new Map<string, number>();
  found.forEach((token, id) => {
    const first = firstId.get(token);
    if (first !== undefined) reader.problem(`${key('tokens')}.${id}`, `the token ${JSON.stringify(token)} is already there as ${first}`);
    else firstId.set(token, id);
  });
  return { tokens: found, types };
}

/** Control and unknown tokens are special; user-defined ones are cut out of the text too, but are ordinary text. */
function readAddedTokens({ tokens, types }: Vocabulary, modelName: string): AddedToken[] {
  // GGUF does not store strip rules; like llama.cpp, Phi-3's known one is restored: white space after a control token belongs to it.
  const stripsRight = /phi-?3/i.test(modelName);
  const keepsRight = new Set(['<unk>', '<s>', '<|endoftext|>']);
  return tokens.flatMap((content, id) => {
    const type = types[id];
    const special = type === TokenType.control || type === TokenType.unknown;
    if (content === '' || !(special || type === TokenType.userDefined)) return [];
    return [{ ...exactAddedToken(id, content, special), rstrip: special && stripsRight && !keepsRight.has(content) }];
  });
}

/** `left right` strings; a piece may itself begin with a space, never be empty. */
function readMerges(reader: MetadataReader): [string, string][] {
  const field = key('merges');
  const merges = reader.texts(field);
  if (!merges && reader.problems.length === 0) reader.problem(field, 'expected an array of strings, found nothing');
  return (merges ?? []).map((merge, i) => {
    const space = merge.indexOf(' ', 1);
    if (space < 0) reader.problem(`${field}.${i}`, `expected two pieces with a space between, found ${JSON.stringify(merge)}`);
    return [merge.slice(0, space), merge.slice(space + 1)];
  });
}

function byteLevelJson(
  reader: MetadataReader,
  { tokens }: Vocabulary,
  pre: PreTokenizer,
): Pick<TokenizerJson, 'model'> & Record<string, unknown> {
  const merges = readMerges(reader);
  const addPrefixSpace = reader.flag(key('add_space_prefix')) ?? false;
  const byteLevel = { type: 'ByteLevel', add_prefix_space: addPrefixSpace, trim_offsets: false, use_regex: pre.byteLevelRegex };
  return {
    normalizer: pre.normalizer ?? null,
    pre_tokenizer: { type: 'Sequence', pretokenizers: [...pre.splits, byteLevel] },
    decoder: { type: 'ByteLevel', add_prefix_space: addPrefixSpace, trim_offsets: false, use_regex: true },
    model: {
      type: 'BPE',
      ignore_merges: pre.ignoreMerges ?? false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}

function sentencePieceJson(
  reader: MetadataReader,
  { tokens, types }: Vocabulary,
  unkToken: string | undefined,
): Pick<TokenizerJson, 'model'> & Record<string, unknown> {
  const scores = reader.numbers(key('scores'), tokens.length);
  if (!scores && reader.problems.length === 0) reader.problem(key('scores'), 'expected the score of each token, found nothing');
  reader.throwProblems();
  const pieces = new Map<string, { id: number; score: number }>();
  tokens.forEach((piece, id) => {
    if (types[id] === TokenType.normal) pieces.set(piece, { id, score: scores![id]! });
  });
  const addSpacePrefix = reader.flag(key('add_space_prefix')) ?? true;
  const replaceSpace = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
  const decoders = [{ type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' }, { type: 'Fuse' }];
  return {
    // llama.cpp puts the space before every stretch of text between special tokens, as this normalizer does.
    normalizer: { type: 'Sequence', normalizers: [...(addSpacePrefix ? [{ type: 'Prepend', prepend: '▁' }] : []), replaceSpace] },
    pre_tokenizer: null,
    decoder: { type: 'Sequence', decoders: [...decoders, ...(addSpacePrefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : [])] },
    model: {
      type: 'BPE',
      unk_token: unkToken ?? null,
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: mergesFromScores(pieces),
    },
  };
}

function readPreTokenizer(reader: MetadataReader): PreTokenizer | undefined {
  const name = reader.text(key('pre')) ?? 'default';
  const pre = preTokenizers.get(name);
  if (!pre) {
    const known = [...preTokenizers.keys()].join(', ');
    reader.problem(
      key('pre'),
      `the pre-tokenizer '${name}' is not known; known are ${known}`,
      'Give the model as a folder with its tokenizer.json.',
    );
  }
  return pre;
}

/**
 * Rebuilds the tokenizer and chat template that GGUF metadata describe: `tokenizer.ggml.model` gpt2 (byte-level BPE with the
 * pre-tokenizer that `tokenizer.ggml.pre` names) or llama (SentencePiece BPE with scores and byte tokens; Llama 2, Mistral, Gemma).
 * Throws `FETTLE_TOKENIZER` listing every key that is missing or wrong.
 */
export function tokenizerFromGguf(metadata: GgufMetadata, file?: string): TextParts {
  const reader = new MetadataReader(metadata, file);
  const model = reader.text(key('model'));
  if (model === undefined) {
    reader.throwProblems();
    return { tokenizer: null, chatTemplate: null };
  }
  if (model !== 'gpt2' && model !== 'llama') {
    reader.problem(
      key('model'),
      `the tokenizer '${model}' is not supported; supported are gpt2, llama`,
      'Give the model as a folder with its tokenizer.json.',
    );
    reader.throwProblems();
  }
  const vocabulary = readVocabulary(reader);
  const { tokens } = vocabulary;
  const role = (name: string) => {
    const id = reader.id(key(name), tokens.length);
    return id === undefined ? undefined : tokens[id];
  };
  const bosToken = role('bos_token_id');
  const eosToken = role('eos_token_id');
  const padToken = role('padding_token_id');
  const unkToken = role('unknown_token_id');
  const pre = model === 'gpt2' ? readPreTokenizer(reader) : undefined;
  const addBosToken = reader.flag(key('add_bos_token')) ?? (model === 'llama' || pre?.addBosToken === true);
  const addEosToken = reader.flag(key('add_eos_token')) ?? false;
  const source = reader.text('tokenizer.chat_template');
  const modelName = `${reader.text('general.name') ?? ''} ${reader.text('general.basename') ?? ''}`;
  reader.throwProblems();

  const parts = pre ? byteLevelJson(reader, vocabulary, pre) : sentencePieceJson(reader, vocabulary, unkToken);
  reader.throwProblems();
  const options: TokenizerOptions = { file, bosToken, eosToken, padToken, unkToken, addBosToken, addEosToken };
  const json = { version: '1.0', added_tokens: readAddedTokens(vocabulary, modelName), post_processor: null, ...parts };
  const tokenizer = Tokenizer.fromParsed(json, options);
  const roles = { bos_token: bosToken, eos_token: eosToken, pad_token: padToken, unk_token: unkToken };
  return { tokenizer, chatTemplate: source ? new ChatTemplate(source, roles) : null };
}
