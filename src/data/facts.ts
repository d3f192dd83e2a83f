/** A facts file (a policy, a product sheet): what it claims, and what its values are about. */
import { type Claim, claimsOf, numbersOf } from './claims.ts';
import { FactContexts } from './fact-contexts.ts';

/** From one value of a unit to another, as in "7 to 10 ft". */
export interface Range {
  unit: string;
  from: number;
  to: number;
}

function rangesOf(claims: readonly Claim[]): Range[] {
  return claims.flatMap(({ at, text, unit, value }, i) => {
    const end = claims[i + 1];
    if (end?.at !== at || end.value === null || value === null || / (?:or|and) /.test(text)) return [];
    return [{ unit, from: value, to: end.value }];
  });
}

/** Numbers that leave out the unit of the quantity before them: "3 years in all; 4 on Arc". */
function elidedClaims(text: string): string[] {
  return [...text.matchAll(/[;,] (\d+) (?:on|for|with) /g)].flatMap(({ 1: value, index }) => {
    const before = claimsOf(text.slice(text.lastIndexOf('\n', index) + 1, index)).at(-1);
    return before?.kind === 'quantity' ? [`${Number(value)} ${before.unit}`] : [];
  });
}

export interface Facts {
  claims: ReadonlySet<string>;
  ranges: readonly Range[];
  /** Values of each unit. */
  numbers: ReadonlySet<number>;
  text: string;
  contexts: FactContexts;
}

export function parseFacts(text: string): Facts {
  const plain = text.replaceAll('**', '');
  const claims = claimsOf(plain);
  return {
    claims: new Set([...claims.map((claim) => claim.key), ...elidedClaims(plain)]),
    ranges: rangesOf(claims),
    numbers: numbersOf(plain),
    text: plain.toLowerCase(),
    contexts: new FactContexts(text),
  };
}
