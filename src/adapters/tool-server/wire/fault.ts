import { BailiwickError } from '#kernel/errors.ts';
import type { Failed } from './failed.ts';

/** A failed step (a handshake, a page of a list) as the fault that its caller turns into a deny. */
export function toFault({ refusal }: Failed): BailiwickError {
  return new BailiwickError(refusal.code, {
    message: refusal.message,
    suggestedAction: refusal.suggestedAction,
    ...(refusal.details === undefined ? {} : { details: refusal.details }),
  });
}
