import { expect } from 'vitest';
import { type ErrorCode, FettleError } from '../../../src/errors.ts';

/** Runs `act` and returns its FettleError, which must have this code and a message. */
export async function fettleError(code: ErrorCode, act: () => unknown): Promise<FettleError> {
  try {
    await act();
  } catch (error) {
    expect(error).toBeInstanceOf(FettleError);
    expect((error as FettleError).code).toBe(code);
    return error as FettleError;
  }
  throw new Error(`expected ${code}, found no error`);
}
