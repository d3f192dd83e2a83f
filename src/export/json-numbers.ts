/** JSON whose numbers are written back as they were: `6.0` stays `6.0`, which loaders that check types insist on. */

/** ES2025 JSON source text access, in every Node that fettle runs on, not yet in TypeScript's library. */
interface SourceJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
}
const { parse, rawJSON } = JSON as unknown as SourceJson;

/** As JSON.parse; numbers are opaque, and `JSON.stringify` writes them with their own digits. */
export function parseKeepingNumbers(text: string): unknown {
  return parse(text, (_key, value, { source }) => (typeof value === 'number' && source !== undefined ? rawJSON(source) : value));
}
