import { createHash } from 'node:crypto';
import { FettleError } from '../../errors.ts';
import type { AddedToken } from './added-token.ts';
import { codeUnitMap } from './offsets.ts';
import type { EncodedText, Replies, Request } from './protocol.ts';
import { callWorker, newHandle } from './sync-worker.ts';
import {
  type PreparedTokenizer,
  parseTokenizerJson,
  prepareTokenizer,
  type TokenizerJson,
  type TokenizerOptions,
} from './tokenizer-json.ts';

export interface Encoding {
  ids: number[];
  /** As the library names them: an added token that takes white space with it shows it. */
  tokens: string[];
  /** In UTF-16 code units of the text given. Tokens that share one character have the same range; added BOS and EOS have [0, 0]. */
  offsets: [start: number, end: number][];
}

export interface EncodeOptions {
  /** Put BOS and EOS around the text as the tokenizer's own rule says. Default false. */
  addSpecialTokens?: boolean;
}

/** A text tokenizer: the Rust library `tokenizers` behind plain synchronous functions. */
export class Tokenizer {
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  readonly padId: number | undefined;
  readonly unkId: number | undefined;
  /** The highest id + 1. */
  readonly vocabSize: number;
  readonly addedTokens: readonly AddedToken[];
  /** Ids of the added tokens that are marked special. */
  readonly specialIds: ReadonlySet<number>;
  /** SHA-256 (hex) of everything that decides how text becomes ids. */
  readonly hash: string;
  readonly #handle: number;
  readonly #idOf: Map<string, number>;
  readonly #tokenOf: string[] = [];
  #addBosToken: boolean | undefined;

  private constructor(prepared: PreparedTokenizer, options: TokenizerOptions) {
    this.addedTokens = prepared.addedTokens;
    this.specialIds = new Set(prepared.addedTokens.filter((token) => token.special).map((token) => token.id));
    this.#idOf = new Map(prepared.vocab);
    for (const { content, id } of prepared.addedTokens) this.#idOf.set(content, id);
    for (const [token, id] of this.#idOf) this.#tokenOf[id] = token;
    this.vocabSize = this.#tokenOf.length;
    this.bosId = this.#roleId(options.bosToken);
    this.eosId = this.#roleId(options.eosToken);
    this.padId = this.#roleId(options.padToken);
    this.unkId = this.#roleId(prepared.unkToken);
    const roles = JSON.stringify([this.bosId, this.eosId, this.padId, this.unkId]);
    this.hash = createHash('sha256').update(prepared.json).update('\0').update(roles).digest('hex');
    this.#handle = newHandle(this);
    this.#load(prepared, options.file);
  }

  /**
   * Builds a tokenizer from the text of a tokenizer.json.
   * Throws `FETTLE_TOKENIZER` when it is not one, or when the library would number its added tokens differently.
   */
  static fromJson(json: string, options: TokenizerOptions = {}): Tokenizer {
    return Tokenizer.fromParsed(parseTokenizerJson(json, options.file), options);
  }

  /** The same, from a tokenizer.json already parsed or put together in memory. */
  static fromParsed(json: TokenizerJson, options: TokenizerOptions = {}): Tokenizer {
    return new Tokenizer(prepareTokenizer(json, options), options);
  }

  /** Whether `encode` with special tokens puts BOS first. */
  get addBosToken(): boolean {
    this.#addBosToken ??= this.bosId !== undefined && this.encode('', { addSpecialTokens: true }).ids[0] === this.bosId;
    return this.#addBosToken;
  }

  /** Token ids, tokens and offsets of a text. Special tokens spelled in the text become those tokens. */
  encode(text: string, options: EncodeOptions = {}): Encoding {
    return this.encodeBatch([text], options)[0]!;
  }

  /** `encode` for many texts at once, on all cores. */
  encodeBatch(texts: readonly string[], options: EncodeOptions = {}): Encoding[] {
    for (const text of texts) {
      if (typeof text !== 'string') throw new FettleError('FETTLE_INVALID_ARGUMENT', `encode expects a string, found ${typeof text}.`);
    }
    if (texts.length === 0) return [];
    const encoded = this.#ask({ op: 'encode', handle: this.#handle, texts, addSpecialTokens: options.addSpecialTokens ?? false });
    return encoded.map((one, i) => this.#encoding(texts[i]!, one));
  }

  /** Text of the ids. Ids above the vocabulary (a model's padding rows) have no text and are left out. */
  decode(ids: readonly number[], options: { skipSpecialTokens?: boolean } = {}): string {
    for (const id of ids) {
      if (Number.isInteger(id) && id >= 0 && id < 2 ** 32) continue;
      throw new FettleError('FETTLE_INVALID_ARGUMENT', `decode expects token ids (integers from 0), found ${id}.`);
    }
    return this.#ask({ op: 'decode', handle: this.#handle, ids, skipSpecialTokens: options.skipSpecialTokens ?? false });
  }

  tokenToId(token: string): number | undefined {
    return this.#idOf.get(token);
  }

  idToToken(id: number): string | undefined {
    return this.#tokenOf[id];
  }

  #roleId(token: string | undefined): number | undefined {
    return token === undefined ? undefined : this.#idOf.get(token);
  }

  #encoding(text: string, { ids, tokens, offsets }: EncodedText): Encoding {
    const toCodeUnit = codeUnitMap(text);
    return { ids, tokens, offsets: ids.map((_, i) => [toCodeUnit(offsets[2 * i]!), toCodeUnit(offsets[2 * i + 1]!)]) };
  }

  #ask<R extends Request>(request: R): Replies[R['op']] {
    const reply = callWorker(request);
    if (!reply.ok) throw new FettleError('FETTLE_TOKENIZER', `The tokenizer failed to ${request.op}: ${reply.message}`);
    return reply.value;
  }

  #load({ json, addedTokens }: PreparedTokenizer, file: string | undefined): void {
    const name = file ?? 'tokenizer.json';
    const reply = callWorker({ op: 'load', handle: this.#handle, json, addedTokens: addedTokens.map((token) => token.content) });
    if (!reply.ok) {
      const problems = [{ file, message: reply.message }];
      throw new FettleError('FETTLE_TOKENIZER', `${name} was not accepted by the tokenizers library: ${reply.message}`, { problems });
    }
    const problems = addedTokens.flatMap(({ content, id }, i) => {
      const found = reply.value.addedIds[i]!;
      if (found === id) return [];
      return [{ file, field: `added_tokens.${content}`, message: `has id ${id}, but by the vocabulary its id would be ${found}` }];
    });
    if (problems.length === 0) return;
    const first = problems[0]!;
    throw new FettleError('FETTLE_TOKENIZER', `${name} numbers ${problems.length} added tokens wrongly: ${first.field} ${first.message}.`, {
      problems,
      hint: 'An added token has the id that the vocabulary gives it, or the next free one.',
    });
  }
}
