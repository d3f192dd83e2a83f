/** What the model will really see: token counts, the stop token, special tokens spelled in texts. Needs a tokenizer. */
import { FettleError } from '../../errors.ts';
import { type Encoder, encodeRow } from '../encode-row.ts';
import { type Finding, type FindingCode, finding } from '../findings.ts';
import { Histogram, type HistogramData } from '../profile/histogram.ts';
import type { Row } from '../row.ts';
import { ignoredLabel } from '../shapes/tokens.ts';
import { textsOf } from '../texts.ts';
import type { Detector } from './detector.ts';

export interface TokenizationLimits {
  /** Tokens a row may have. */
  max_length: number;
}

export interface TokenCounts {
  tokens: number;
  supervised_tokens: number;
  longest: number;
  over_long: number;
  /** Supervised tokens beyond the limit, in rows that are too long. */
  supervised_beyond: number;
  /** Tokens of a row, and supervised ones; null while the rows pass. */
  lengths: HistogramData | null;
  supervised: HistogramData | null;
}

export function newTokenCounts(): TokenCounts {
  return { tokens: 0, supervised_tokens: 0, longest: 0, over_long: 0, supervised_beyond: 0, lengths: null, supervised: null };
}

/** Counts go to `counts` as the rows pass. */
export function tokenization(encoder: Encoder, { max_length }: TokenizationLimits, counts: TokenCounts): Detector {
  const { tokenizer } = encoder;
  const [lengths, supervisedLengths] = [new Histogram(), new Histogram()];
  const specials = [...tokenizer.specialIds].flatMap((id) => tokenizer.idToToken(id) ?? []).filter((token) => token.length > 2);

  return {
    *row(row) {
      const { file, line } = row;
      yield* spelled(row, specials);
      const encoded = row.kind === 'tokens' ? row : encodedOr(() => encodeRow(row, encoder));
      if (encoded instanceof FettleError) {
        yield finding(codeOf(encoded), { file, line, message: encoded.message, hint: encoded.hint });
        return;
      }
      const { length } = encoded.input_ids;
      const supervised = encoded.labels.filter((label, i) => i > 0 && label !== ignoredLabel).length;
      counts.tokens += length;
      counts.supervised_tokens += supervised;
      counts.longest = Math.max(counts.longest, length);
      lengths.add(length);
      supervisedLengths.add(supervised);
      if (length > max_length) {
        const beyond = encoded.labels.filter((label, i) => i >= max_length && label !== ignoredLabel).length;
        counts.over_long++;
        counts.supervised_beyond += beyond;
        const message = `has ${length} tokens, the limit is ${max_length}: ${beyond} of its ${supervised} supervised ones lie beyond`;
        yield finding('over-long', { file, line, message });
      }
      if (supervised === 0) yield finding('no-supervised-tokens', { file, line });
    },
    finish() {
      counts.lengths = lengths.data();
      counts.supervised = supervisedLengths.data();
      return [];
    },
  };
}

function* spelled(row: Row, specials: readonly string[]): Iterable<Finding> {
  for (const { field, text } of textsOf(row)) {
    const value = specials.find((special) => text.includes(special));
    if (value !== undefined)
      yield finding('special-token-in-text', {
        file: row.file,
        line: row.line,
        field,
        value,
        message: `spells the special token ${value}`,
      });
  }
}

function codeOf(error: FettleError): FindingCode {
  return error.code === 'FETTLE_STOP_TOKEN' ? 'no-stop-token' : 'render-failed';
}

function encodedOr<T>(encode: () => T): T | FettleError {
  try {
    return encode();
  } catch (error) {
    if (error instanceof FettleError) return error;
    throw error;
  }
}
