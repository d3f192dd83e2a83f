import { z } from 'zod';
import { type AddedToken, addedTokenSchema, completeAddedToken } from './added-token.ts';

/** A special token as text, or as the object that older files write. */
const roleToken = z
  .union([z.string(), z.looseObject({ content: z.string() })])
  .nullish()
  .transform((token) => (typeof token === 'object' ? token?.content : token) || undefined);

const roleNames = ['bos_token', 'eos_token', 'pad_token', 'unk_token', 'sep_token', 'cls_token', 'mask_token'] as const;
export type RoleName = (typeof roleNames)[number];

const roles = Object.fromEntries(roleNames.map((name) => [name, roleToken])) as Record<RoleName, typeof roleToken>;

/** What fettle reads of tokenizer_config.json. */
export const tokenizerConfigSchema = z.looseObject({
  ...roles,
  add_bos_token: z.boolean().nullish(),
  add_eos_token: z.boolean().nullish(),
  added_tokens_decoder: z.record(z.string(), addedTokenSchema.omit({ id: true })).nullish(),
  chat_template: z.union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))]).nullish(),
});
export type TokenizerConfig = z.output<typeof tokenizerConfigSchema>;

export const specialTokensMapSchema = z.looseObject(roles);

/** The special tokens by role; those of tokenizer_config.json win over special_tokens_map.json. */
export function roleTokens(config: TokenizerConfig, map: z.output<typeof specialTokensMapSchema>): Record<RoleName, string | undefined> {
  const entries = roleNames.map((name) => [name, config[name] ?? map[name]]);
  return Object.fromEntries(entries) as Record<RoleName, string | undefined>;
}

export function addedTokensOf(config: TokenizerConfig): AddedToken[] {
  return Object.entries(config.added_tokens_decoder ?? {}).map(([id, token]) => completeAddedToken({ ...token, id: Number(id) }));
}
