import { refusal } from '#kernel/errors.ts';
import type { RefusalBook } from './door.ts';
import { callerKey, createRepeatedRefusals } from './repeated-refusals.ts';
import { createUnknownCallers } from './unknown-callers.ts';

/** One loop of one agent is one record and one count a minute, not a full disk. */
export function createRefusalBook(): RefusalBook {
  const unknown = createUnknownCallers();
  const repeated = createRepeatedRefusals();
  return {
    note(draft, identified, now) {
      if (identified) return repeated.note(draft, now) ? draft : undefined;
      unknown.count(draft, now);
      return undefined;
    },
    due: (now, everything = false) => [
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
