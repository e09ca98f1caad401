import { join } from 'node:path';
import { z } from 'zod';
import { type RightsRowName, rightsRowKinds } from '#contracts/rights-rows.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { openRatchetFile, type RatchetFile } from './file.ts';

const word = z.string().min(1);
const body = z.record(z.string(), z.unknown()) as z.ZodType<JsonObject>;

const content = z.strictObject({
  schema: z.literal(1),
  rows: z.array(
    z.strictObject({
      what: z.enum(rightsRowKinds),
      tenant: word,
      person: word,
      id: word,
      /** As the store has it; without it, the store is about to have it. */
      now: body.optional(),
      /** What it is about to be: a crash may have come before or behind the store. */
      next: z.union([body, z.literal('over')]).optional(),
    }),
  ),
});

export type RightsContent = z.infer<typeof content>;
export type RightsEntry = RightsContent['rows'][number];

/** INVARIANT: it names a person for as long as they are kept, as the store does. */
export function openRightsFile(folder: string): RatchetFile<RightsContent> {
  return openRatchetFile(join(folder, 'rights.ratchet'), content, {
    unknown: 'who may what is not known',
    suggestedAction:
      'put it back from the copy of the keys that was made last; with the file taken away the people, passkeys and tokens of the store are believed once more, on record',
  });
}

export function keyOf({ what, tenant, id }: RightsRowName): string {
  return `${what}\n${tenant}\n${id}`;
}

export function isSameRight(one: JsonObject | undefined, other: JsonObject | undefined): boolean {
  return canonicalText(one ?? {}) === canonicalText(other ?? {});
}

/** Of two states of one row, whichever the store has: a crash, or an act that is under way, is between them. */
export function isEither({ now, next }: RightsEntry, row: JsonObject | undefined): boolean {
  if (isSameRight(row, now)) return true;
  return next !== undefined && isSameRight(row, next === 'over' ? undefined : next);
}

/** Of what ends by time: it gives nothing any more, whatever the store says. */
export function isOverAt({ now, next }: RightsEntry, at: number): boolean {
  if (next !== undefined && next !== 'over') return false;
  const end = now?.['until'] ?? now?.['expiresAt'];
  return typeof end === 'number' && end <= at;
}
