import { BailiwickError } from '#kernel/errors.ts';

/** RFC 7644 §3.12: what is wrong with a request, in its own words. */
export type ScimType =
  | 'invalidFilter'
  | 'invalidPath'
  | 'invalidSyntax'
  | 'invalidValue'
  | 'noTarget'
  | 'tooMany';

export function scimProblem(scimType: ScimType, message: string): BailiwickError {
  return new BailiwickError('directory/invalid', { message, details: { scimType } });
}
