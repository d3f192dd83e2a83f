/** See check.mjs. */
export function capped(output: string, command: readonly string[]): string;
