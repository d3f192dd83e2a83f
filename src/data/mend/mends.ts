/** The one table of what `fettle check --fix` mends: flaws whose mend needs no judgement, by the finding that names them. */
import { withoutInvisible } from '../detectors/encoding-damage.ts';
import { withoutOuterMarkers } from '../detectors/leaked-marker.ts';
import { redact } from '../detectors/personal-data.ts';
import type { FindingCode } from '../findings.ts';
import { withoutEscapes, withoutMojibake } from './decode-again.ts';
import { withoutHtml } from './plain-text.ts';

export interface Mend {
  /** Which texts are mended: what the model is trained to write, or all. */
  where: 'answers' | 'all';
  mend(text: string): string;
  /** Only where it was asked for: it takes something away that may be meant. */
  asked?: 'redact';
}

const redaction: Mend = { where: 'all', mend: redact, asked: 'redact' };

/** In the order in which they are applied. */
export const mends: ReadonlyMap<FindingCode, Mend> = new Map<FindingCode, Mend>([
  ['mojibake', { where: 'all', mend: withoutMojibake }],
  ['lone-surrogate', { where: 'all', mend: (text) => text.replaceAll(/\p{Surrogate}/gu, '') }],
  ['control-character', { where: 'all', mend: withoutInvisible }],
  ['leaked-marker', { where: 'answers', mend: withoutOuterMarkers }],
  ['escape-residue', { where: 'all', mend: withoutEscapes }],
  ['html-residue', { where: 'all', mend: withoutHtml }],
  ['pii-email', redaction],
  ['pii-phone', redaction],
  ['pii-card', redaction],
  ['pii-iban', redaction],
  ['pii-id', redaction],
  ['pii-address', redaction],
  ['pii-ip', redaction],
  ['secret', redaction],
]);

/** What is dropped: the row says nothing that an earlier one does not say. */
export const dropped: FindingCode = 'exact-duplicate';
