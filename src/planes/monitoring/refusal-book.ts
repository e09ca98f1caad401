import { refusal } from '#kernel/errors.ts';
import type { RefusalBook } from './door.ts';
import { createOwed } from './owed.ts';
import { callerKey, createRepeatedRefusals } from './repeated-refusals.ts';
import { createUnknownCallers } from './unknown-callers.ts';

/** One loop of one agent is one record and a few counts a minute, not a full disk. */
export function createRefusalBook(): RefusalBook {
  const unknown = createUnknownCallers();
  const repeated = createRepeatedRefusals();
  const owed = createOwed();
  return {
    note(draft, identified, now, about = '') {
      if (identified) return repeated.note(draft, now, about) ? draft : undefined;
      unknown.count(draft, now, about);
      return undefined;
    },
    unrecorded: (drafts) => owed.add(drafts),
    due: (now, everything = false) => [
      ...owed.take(),
      ...unknown.due(now, everything),
      ...repeated.due(now, everything),
    ],
    breaker(tenant, instance, now) {
      const left = repeated.brokenFor(callerKey(tenant, instance), now);
      return left === 0
        ? undefined
        : refusal('standing/breaker', { retryAfter: Math.ceil(left / 1_000) });
    },
    relief: (tenant, instance) => repeated.relieve(callerKey(tenant, instance)),
  };
}
