import type { SessionsOfPasskeys } from './door.ts';

/** For whoever removes people: what their passkeys signed in ends with them, and what stands on it. */
export function endSignIns(sessions: Pick<SessionsOfPasskeys, 'end'>) {
  return ({ tenant, name, by }: Readonly<Record<'tenant' | 'name' | 'by', string>>) =>
    sessions.end({
      tenant,
      // By name, which nobody of a provider has: by whatever address they met us when they signed in.
      ground: { kind: 'person', person: name },
      by: { kind: 'human', name: by },
      reason: 'the person was removed',
    });
}
