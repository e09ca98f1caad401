import { join } from 'node:path';
import { z } from 'zod';
import {
  isOpen,
  longestOverrideMs,
  type Override,
  type OverrideBook,
  overrideKeptMs,
} from '#contracts/override-book.ts';
import { roles } from '#kernel/principal.ts';
import type { Clock } from '#kernel/time.ts';
import { openRatchetFile } from './file.ts';

const word = z.string().min(1);
const at = z.number().int();
const said = z.strictObject({ by: word, at, reason: z.string() });
const override = z
  .strictObject({
    id: word,
    tenant: word,
    agent: word,
    target: word,
    by: word,
    heldByProvider: z.array(z.enum(roles)).optional(),
    reason: z.string(),
    at,
    until: at,
    ended: said.optional(),
    reviewed: said.optional(),
  })
  .refine(({ at: from, until }) => until <= from + longestOverrideMs, 'lasts too long');
const content = z.strictObject({ schema: z.literal(1), overrides: z.array(override) });

/** Of all tenants together; of more the ones go that were looked at and are over, the oldest first. */
const most = 2_000;

/** INVARIANT: a file beside the keys, and no row of the store: whoever edits the store gives no override and ends none. */
export function openKeptOverrides(folder: string, clock: Pick<Clock, 'now'>): OverrideBook {
  const file = openRatchetFile(join(folder, 'overrides.ratchet'), content, {
    unknown: 'which overrides were given, and who has looked at them, is not known',
    suggestedAction:
      'put it back from the copy of the keys that was made last; with the file taken away no override counts, and the records `override.given` say which were given',
  });
  let all: readonly Override[] = file.read()?.overrides ?? [];
  return {
    list: (tenant) => all.filter((one) => one.tenant === tenant),
    get: (tenant, id) => all.find((one) => one.tenant === tenant && one.id === id),
    put(given) {
      const others = all.filter(({ id, tenant }) => id !== given.id || tenant !== given.tenant);
      const next = lasting([given, ...others].toSorted(newestFirst), clock.now());
      file.write({ schema: 1, overrides: next.map(plain) });
      all = next;
    },
  };
}

function newestFirst(one: Override, other: Override): number {
  return other.at - one.at || (other.id < one.id ? -1 : 1);
}

function lasting(sorted: readonly Override[], now: number): readonly Override[] {
  const isNeeded = (one: Override) => one.reviewed === undefined || isOpen(one, now);
  const kept = sorted.filter((one) => isNeeded(one) || one.at + overrideKeptMs > now);
  let room = most - kept.filter(isNeeded).length;
  return kept.filter((one) => {
    if (isNeeded(one)) return true;
    room -= 1;
    return room >= 0;
  });
}

/** Without what is undefined: a file has no such thing. */
function plain({ heldByProvider, ended, reviewed, ...one }: Override) {
  return {
    ...one,
    ...(heldByProvider === undefined ? {} : { heldByProvider: [...heldByProvider] }),
    ...(ended === undefined ? {} : { ended: { ...ended } }),
    ...(reviewed === undefined ? {} : { reviewed: { ...reviewed } }),
  };
}
