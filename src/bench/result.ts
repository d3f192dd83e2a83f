/** What a benchmark writes, one object a line: the machine first, then one figure after another. `bench/compare.ts` reads it again. */
import { z } from 'zod';

const ceilings = z.object({
  /** Flops a second. */
  f32: z.number(),
  bf16: z.number(),
  /** Bytes a second. */
  read: z.number(),
  copy: z.number(),
});

const machine = z.object({
  type: z.literal('machine'),
  date: z.string(),
  fettle: z.string(),
  node: z.string(),
  cpu: z.string(),
  cores: z.int(),
  memory: z.number(),
  /** Processes that wanted to run when the benchmark began; above 0 the figures are lower than the machine's. */
  load: z.number(),
  isa: z.string(),
  threads: z.int(),
  /** The best that was measured just now, on one thread and on all. */
  one_thread: ceilings,
  all_threads: ceilings,
});

const figure = z.object({
  type: z.literal('figure'),
  /** What was measured, in the same words in every version: the key of a comparison. */
  name: z.string(),
  /** Who did it, when it was not fettle. */
  system: z.string().optional(),
  unit: z.string(),
  better: z.enum(['higher', 'lower']),
  min: z.number(),
  p25: z.number(),
  median: z.number(),
  p75: z.number(),
  max: z.number(),
  samples: z.int(),
  /** What the machine would give if nothing but the products (or the bytes) took time, in the same unit; null where there is no such limit. */
  ceiling: z.number().nullable(),
  /** Which of the machine's ceilings that is. */
  bound: z.enum(['f32', 'bf16', 'read']).nullable(),
});

const profile = z.object({
  type: z.literal('profile'),
  /** The figure whose time it explains. */
  name: z.string(),
  seconds: z.number(),
  /** OpTiming of src/native/types.ts. */
  ops: z.array(
    z.object({
      op: z.string(),
      products: z.enum(['f32', 'bf16']),
      shape: z.tuple([z.number(), z.number(), z.number()]),
      calls: z.number(),
      seconds: z.number(),
      flops: z.number(),
      bytes: z.number(),
    }),
  ),
});

const lineSchema = z.discriminatedUnion('type', [machine, figure, profile]);

export type Ceilings = z.infer<typeof ceilings>;
export type MachineLine = z.infer<typeof machine>;
export type Figure = z.infer<typeof figure>;
export type ProfileLine = z.infer<typeof profile>;
export type ResultLine = z.infer<typeof lineSchema>;

/** The lines of a result; empty lines do not count. @throws ZodError, SyntaxError for what is no result */
export function parseResult(text: string): ResultLine[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => lineSchema.parse(JSON.parse(line)));
}

/** The median as a share of the ceiling, or null. */
export function shareOfCeiling({ median, ceiling, better }: Pick<Figure, 'median' | 'ceiling' | 'better'>): number | null {
  if (ceiling === null) return null;
  return better === 'higher' ? median / ceiling : ceiling / median;
}
