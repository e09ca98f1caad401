import type { ErrorCode } from '../error-codes.ts';
import { BailiwickError } from '../errors.ts';

/** Says where, never what: the text of a refused body stays out of errors. */
export function no(code: ErrorCode, position?: number): BailiwickError {
  return new BailiwickError(code, position === undefined ? {} : { details: { position } });
}

export function notJson(): BailiwickError {
  return new BailiwickError('gateway/internal', { message: 'a value is not JSON' });
}
