/** Types of plant-flaws.mjs, for the tests. */
export declare function plantFlaws(
  clean: readonly Record<string, unknown>[],
  seed?: number,
): { rows: object[]; flaws: { line: number; kind: string }[] };
