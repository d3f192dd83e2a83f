import { z } from 'zod';

/** One entry of `added_tokens` in tokenizer.json: text that is cut out before the model sees the rest. */
export interface AddedToken {
  id: number;
  content: string;
  /** Matches only where no word character touches it. */
  single_word: boolean;
  /** Takes the white space on its left with it. */
  lstrip: boolean;
  /** Takes the white space on its right with it. */
  rstrip: boolean;
  /** Matches in the normalized text instead of the text as given. */
  normalized: boolean;
  /** Left out by `decode` with `skipSpecialTokens`. */
  special: boolean;
}

export const addedTokenSchema = z.object({
  id: z.int().nonnegative(),
  content: z.string().min(1),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  normalized: z.boolean().optional(),
  special: z.boolean().default(false),
});

/** Fills in the library's default: a special token matches the text as given, another one the normalized text. */
export function completeAddedToken(token: z.output<typeof addedTokenSchema>): AddedToken {
  return { ...token, normalized: token.normalized ?? !token.special };
}

/** A token that is matched exactly as spelled. */
export function exactAddedToken(id: number, content: string, special: boolean): AddedToken {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special };
}
