/** Values of the contract that this version does not build; strike a line off when its feature lands. */
interface NotYet {
  field: string;
  refuses: (value: unknown) => boolean;
  /** What does work, for the hint. */
  instead: string;
}

const is =
  (...values: unknown[]) =>
  (value: unknown) =>
    values.includes(value);

export const notYet: readonly NotYet[] = [
  { field: 'method.type', refuses: is('prompt', 'prefix'), instead: 'lora or full' },
  { field: 'method.use_dora', refuses: is(true), instead: 'false' },
];
