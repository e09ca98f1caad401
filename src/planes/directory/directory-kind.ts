import { z } from 'zod';
import {
  directories,
  type DirectoryEntry,
  durationMs,
  usualOwnerGraceMs,
  usualReviewGraceMs,
} from '#contracts/directory-rules.ts';
import { type DocumentKind, documentProblems } from '#contracts/document-kind.ts';
import { limits } from '#kernel/limits.ts';

/** `0` is at once. */
const grace = z
  .string()
  .transform((text) => durationMs(text) ?? -1)
  .refine((ms) => ms >= 0 && ms <= limits.graceMs, 'write 0, 12h or 7d; at most 90d');

const directorySpec = z.strictObject({
  issuer: z.url().max(500).optional(),
  subject: z.enum(['externalId', 'userName', 'email']).default('externalId'),
  ownerGrace: grace.optional(),
  reviews: z
    .strictObject({ required: z.boolean().default(false), grace: grace.optional() })
    .default({ required: false }),
});

/** A directory that provisions people here, and what follows when one of them leaves. */
export const directoryKind: DocumentKind<DirectoryEntry> = {
  kind: 'Directory',
  section: directories,
  schema: directorySpec,
  risk: {
    lists: {},
    tightenings: [
      { at: 'ownerGrace', is: 'lowered' },
      { at: 'reviews.grace', is: 'lowered' },
      { at: 'reviews.required', is: { to: true } },
    ],
  },
  // It says who is not here any more: without it, whoever left signs in again.
  writtenBy: 'admin',
  parse(name, given) {
    const parsed = directorySpec.safeParse(given);
    if (!parsed.success) {
      const problems = documentProblems('Directory', given, parsed.error.issues, directorySpec);
      return { kind: 'problems', problems };
    }
    const { issuer, subject, ownerGrace, reviews } = parsed.data;
    return {
      kind: 'parsed',
      entry: {
        name,
        ...(issuer === undefined ? {} : { issuer }),
        subject,
        ownerGraceMs: ownerGrace ?? usualOwnerGraceMs,
        reviewRequired: reviews.required,
        reviewGraceMs: reviews.grace ?? usualReviewGraceMs,
      },
      references: [],
    };
  },
};
