import { homeOf } from './ceremony.ts';
import type { SessionsOfPasskeys } from './door.ts';

/** For whoever removes people: what their passkeys signed in ends with them, and what stands on it. */
export function endSignIns(sessions: Pick<SessionsOfPasskeys, 'end'>, publicUrl: () => string) {
  return ({ tenant, name, by }: Readonly<Record<'tenant' | 'name' | 'by', string>>) =>
    sessions.end({
      tenant,
      ground: { kind: 'user', issuer: homeOf(publicUrl()).origin, subject: name },
      by: { kind: 'human', name: by },
      reason: 'the person was removed',
    });
}
