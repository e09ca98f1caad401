import { join } from 'node:path';
import { z } from 'zod';
import type { LegalHold } from '#contracts/hold-book.ts';
import { openRatchetFile, type RatchetFile } from './file.ts';

const at = z.number().int();
const word = z.string().min(1);

const hold = z.strictObject({
  id: word,
  scope: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('subject'), subject: z.string(), handle: word }),
    z.strictObject({ kind: z.literal('since'), from: at }),
  ]),
  matter: z.string(),
  askedBy: word,
  askedAt: at,
  lapsesAt: at.optional(),
  heldBy: word.optional(),
  heldAt: at.optional(),
});

const content = z.strictObject({
  schema: z.literal(1),
  holds: z.array(
    z.strictObject({
      tenant: word,
      id: word,
      /** As the store has it; without it, the store is about to have it. */
      now: hold.optional(),
      /** What it is about to be: a crash may have come before or behind the store. */
      next: z.union([hold, z.literal('over')]).optional(),
    }),
  ),
  agreements: z.array(
    z.strictObject({ tenant: word, id: word, until: at, digest: z.string().length(64) }),
  ),
});

export type HeldContent = z.infer<typeof content>;
export type HeldEntry = HeldContent['holds'][number];
export type KeptAgreement = HeldContent['agreements'][number];
export type KeptHold = z.infer<typeof hold>;

/** INVARIANT: it names a subject only while it is held, as the store does. */
export function openHeldFile(folder: string): RatchetFile<HeldContent> {
  return openRatchetFile(join(folder, 'held.ratchet'), content, {
    unknown: 'which legal holds were placed is not known',
    suggestedAction:
      'put it back from the copy of the keys folder that was made last; without one move it aside, and keep it: the next start believes the holds of the store once more, so compare them with the records `privacy.held` and `privacy.hold-released` first',
  });
}

/** What holds of it; who released it is nobody's question here. */
export function keptForm(one: LegalHold): KeptHold {
  const { id, scope, matter, askedBy, askedAt, lapsesAt, heldBy, heldAt } = one;
  return {
    id,
    scope: { ...scope },
    matter,
    askedBy,
    askedAt,
    ...(lapsesAt === undefined ? {} : { lapsesAt }),
    ...(heldBy === undefined ? {} : { heldBy }),
    ...(heldAt === undefined ? {} : { heldAt }),
  };
}

export function legalHold(kept: KeptHold): LegalHold {
  const { lapsesAt, heldBy, heldAt, ...rest } = kept;
  return { ...rest, lapsesAt, heldBy, heldAt, releasedBy: undefined, releasedAt: undefined };
}
