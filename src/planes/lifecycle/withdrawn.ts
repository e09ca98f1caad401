import type { OverlayEntry, RevokedTarget } from '#kernel/overlay.ts';
import type { Principal } from '#kernel/principal.ts';

/** What tokens stood on and that is over: sign-ins, consents, clients, single tokens. */
export interface Withdrawn {
  place(entry: OverlayEntry, target: RevokedTarget): void;
  find(principal: Principal): OverlayEntry | undefined;
}

export function createWithdrawn(): Withdrawn {
  const entries = new Map<string, OverlayEntry>();
  return {
    place(entry, target) {
      const key = keyOf(target);
      const known = entries.get(key);
      // Of two about the same the later one is about more tokens.
      if (known === undefined || known.at < entry.at) entries.set(key, entry);
    },
    find({ tenant, user, delegation }) {
      if (delegation === undefined || entries.size === 0) return undefined;
      const { id, client, token, issuedAt } = delegation;
      const grounds: RevokedTarget[] = [
        { kind: 'delegation', tenant, delegation: id },
        { kind: 'token', tenant, token },
      ];
      if (client !== undefined) grounds.push({ kind: 'client', tenant, client });
      if (user !== undefined) {
        const { issuer, subject } = user;
        grounds.push({ kind: 'user', tenant, issuer, subject });
      }
      return grounds
        .map((ground) => entries.get(keyOf(ground)))
        .find((entry) => entry !== undefined && isAbout(entry, issuedAt));
    },
  };
}

/**
 * INVARIANT: whoever signs in again gets tokens that the entry before is not about; but a delegation or a token
 * that ended never comes back, whatever the clocks of two machines say.
 */
function isAbout({ target, at }: OverlayEntry, issuedAt: number): boolean {
  const comesBack = target.kind === 'user' || target.kind === 'client';
  return !comesBack || issuedAt <= at;
}

/** The parts are escaped: an issuer and a subject never run into each other. */
function keyOf(target: RevokedTarget): string {
  const parts = Object.values(namesOf(target)).map(encodeURIComponent);
  return [target.kind, target.tenant, ...parts].join(' ');
}

function namesOf(target: RevokedTarget): readonly string[] {
  switch (target.kind) {
    case 'user':
      return [target.issuer, target.subject];
    case 'client':
      return [target.client];
    case 'delegation':
      return [target.delegation];
    case 'token':
      return [target.token];
  }
}
