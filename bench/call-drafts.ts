import { draftOf, without } from '../test/fakes/record-drafts.ts';

// What logs that are made to be measured are full of: calls, without the parts that a record of the type does not have.

export const intent = without(
  draftOf('policy.intent'),
  'approval',
  'durationUs',
  'effect',
  'intent',
  'part',
  'parts',
  'refusal',
  'result',
  'usage',
);

export const outcome = without(
  draftOf('policy.outcome'),
  'approval',
  'arguments',
  'decision',
  'lease',
  'part',
  'parts',
  'pdp',
  'questions',
  'refusal',
  'usage',
  'wouldHave',
);

/** A digest in the form of the id of a call. */
export function callId(digest: string): string {
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-7${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}
