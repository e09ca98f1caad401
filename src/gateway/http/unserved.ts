import type { Outcome } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { Answer } from './protocol.ts';

/** The words for whom no protocol speaks: an address that none serves, bytes that are no request. */
export const unserved = {
  name: 'http',
  answer(outcome: Outcome): Answer {
    const no = outcome.kind === 'refused' ? outcome.refusal : refusal('admit/not-found');
    return { status: no.status, body: toldOf(no), refusal: no };
  },
};

export function toldOf({ code, message, suggestedAction }: Refusal): Buffer {
  return canonicalBytes({ code, message, suggestedAction });
}
