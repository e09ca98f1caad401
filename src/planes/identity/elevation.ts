import {
  actDraft,
  checkInPerson,
  checkReason,
  checkRight,
  type DeskRecorder,
  type ReasonedAct,
  recordThenDo,
} from '#contracts/desk.ts';
import type { PeopleBook, StoredPerson } from '#contracts/people-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { isByProvider, type Role, rolesOf } from '#kernel/principal.ts';
import type { Clock } from '#kernel/time.ts';

export interface Elevated {
  readonly role: Role;
  readonly until: number;
}

/** Roles that people may hold for a time. */
export interface ElevationDesk {
  /** Themself, with a reason, on record first; it ends by itself. */
  elevate(act: ReasonedAct & { readonly role: Role; readonly forMs: number }): Promise<Elevated>;
  /** With what they took for a time, as far as they may still take it. */
  withElevations(person: StoredPerson): Promise<StoredPerson>;
  /** What they have taken, and until when. */
  takenBy(person: StoredPerson): Promise<readonly Elevated[]>;
}

export interface ElevationParts {
  readonly people: Pick<PeopleBook, 'byName' | 'elevate' | 'elevations'>;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
}

export function createElevationDesk(parts: ElevationParts): ElevationDesk {
  const { people, clock } = parts;
  return {
    elevate: (act) => elevate(parts, act),
    async withElevations(person) {
      // Nobody sits at a token, so nobody took anything there.
      if (person.through?.kind === 'token' || isByProvider(person)) return person;
      const taken = await people.elevations(person.tenant, person.name, clock.now());
      if (taken.length === 0) return person;
      return { ...person, roles: rolesOf([...person.roles, ...taken.map(({ role }) => role)]) };
    },
    // Whoever may take nothing holds nothing of the kind: most people are not asked about.
    takenBy: async ({ tenant, name, eligible = [] }) =>
      eligible.length === 0 ? [] : people.elevations(tenant, name, clock.now()),
  };
}

async function elevate(
  { people, recorder, clock }: ElevationParts,
  act: Parameters<ElevationDesk['elevate']>[0],
): Promise<Elevated> {
  const { by, role, forMs, reason } = act;
  checkRight(act, 'auditor', 'owner');
  checkInPerson(act);
  checkReason(act);
  const kept = isByProvider(by) ? undefined : await people.byName(by.tenant, by.name);
  const eligible = kept?.eligible ?? [];
  if (!eligible.includes(role)) {
    throw new BailiwickError('api/forbidden', {
      message: `you may not take the role \`${role}\``,
      suggestedAction: `an admin makes you eligible: \`bailiwick person set-roles ${by.name} --eligible ${role} …\``,
    });
  }
  if (!Number.isSafeInteger(forMs) || forMs < 1_000 || forMs > limits.elevationMs) {
    throw new BailiwickError('api/invalid', {
      message: `a role is taken for a second to ${limits.elevationMs / 3_600_000} hours`,
    });
  }
  const until = clock.now() + forMs;
  const draft = actDraft('identity.elevated', act, { name: by.name, role, until });
  const taken = { tenant: by.tenant, name: by.name, role, reason, at: clock.now(), until };
  await recordThenDo(recorder, draft, () => people.elevate(taken));
  return { role, until };
}
