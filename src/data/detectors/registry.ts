/** All detectors that need nothing but the rows. */
import { boilerplate } from './boilerplate.ts';
import type { Detector } from './detector.ts';
import { encodingDamage } from './encoding-damage.ts';
import { exactDuplicate } from './exact-duplicate.ts';
import { fieldConsistency } from './field-consistency.ts';
import { gibberish } from './gibberish.ts';
import { identity } from './identity.ts';
import { instructionDrift } from './instruction-drift.ts';
import { labelBalance } from './label-balance.ts';
import { languageOutlier } from './language-outlier.ts';
import { leakedMarker, promptEcho } from './leaked-marker.ts';
import { lengthOutlier } from './length-outlier.ts';
import { personalData } from './personal-data.ts';
import { placeholder } from './placeholder.ts';
import { promptInjection } from './prompt-injection.ts';
import { refusal } from './refusal.ts';
import { repetition } from './repetition.ts';
import type { RowComparison } from './row-comparison.ts';
import { swappedRoles } from './swapped-roles.ts';
import { tone } from './tone.ts';
import { truncatedAnswer } from './truncated-answer.ts';
import { turnOrder } from './turn-order.ts';
import { unfamiliarName } from './unfamiliar-name.ts';

/** New detectors, each with the state of one pass. */
export function detectors(): Detector[] {
  return [
    turnOrder(),
    exactDuplicate(),
    lengthOutlier(),
    truncatedAnswer(),
    repetition(),
    ...encodingDamage(),
    placeholder(),
    leakedMarker(),
    promptEcho(),
    refusal(),
    boilerplate(),
    promptInjection(),
    ...personalData(),
    gibberish(),
    identity(),
    ...tone(),
    instructionDrift(),
    fieldConsistency(),
    labelBalance(),
  ];
}

/** Those that only speak at the end and are half of the work: with large files they run in a thread of their own. */
export async function lateDetectors(comparison: RowComparison): Promise<Detector[]> {
  const { eld } = await import('eld/small'); // its tables take a while to load
  return [comparison, languageOutlier(eld), swappedRoles(), unfamiliarName()];
}
