import type { Person } from '#kernel/principal.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import { createTurns } from '#kernel/turns.ts';

/** Work that takes its time and changes nothing: one of each person at a time, whatever they ask by. */
export interface PersonTurns {
  take<Answer>(by: Pick<Person, 'tenant' | 'name'>, step: () => Promise<Answer>): Promise<Answer>;
}

/** Of one person at once, the one that runs among them. */
export const mostChecks = 4;

/**
 * INVARIANT: whoever asks again and again takes no more than one place among all who wait for the same thread, the
 * documents that are about to come into force among them.
 */
export function createPersonTurns(): PersonTurns {
  const turns = createTurns();
  const asked = new Map<string, number>();
  return {
    async take({ tenant, name }, step) {
      const whose = canonicalText([tenant, name]);
      const before = asked.get(whose) ?? 0;
      if (before >= mostChecks) throw new BailiwickError('api/too-many-checks', { retryAfter: 1 });
      asked.set(whose, before + 1);
      try {
        return await turns.take(whose, step);
      } finally {
        const left = (asked.get(whose) ?? 1) - 1;
        if (left === 0) asked.delete(whose);
        else asked.set(whose, left);
      }
    },
  };
}
