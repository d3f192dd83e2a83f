interface RoleToken {
  content: string;
  id: number;
}

const piece = ({ content }: RoleToken) => ({ SpecialToken: { id: content, type_id: 0 } });

/** tokenizer.json's post-processor that puts `bos` before and `eos` after every text; null when there is neither. */
export function templateProcessing(bos: RoleToken | undefined, eos: RoleToken | undefined): Record<string, unknown> | null {
  if (!bos && !eos) return null;
  const around = (sequence: string) => [
    ...(bos ? [piece(bos)] : []),
    { Sequence: { id: sequence, type_id: 0 } },
    ...(eos ? [piece(eos)] : []),
  ];
  const tokens = [bos, eos].filter((token) => token !== undefined);
  return {
    type: 'TemplateProcessing',
    single: around('A'),
    pair: [...around('A'), ...around('B')],
    special_tokens: Object.fromEntries(tokens.map(({ content, id }) => [content, { id: content, ids: [id], tokens: [content] }])),
  };
}

/**
 * The same post-processor without `trim_offsets`, which would move a token's start behind its white space:
 * supervised spans are found by offset, so every character must belong to a token.
 */
export function withoutTrimmedOffsets(processor: unknown): unknown {
  if (Array.isArray(processor)) return processor.map(withoutTrimmedOffsets);
  if (typeof processor !== 'object' || processor === null) return processor;
  const entries = Object.entries(processor).map(([key, value]) => {
    if (key === 'trim_offsets') return [key, false];
    return [key, key === 'processors' ? withoutTrimmedOffsets(value) : value];
  });
  return Object.fromEntries(entries);
}
