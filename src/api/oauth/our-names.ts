import type { GrantAsked } from './grant.ts';

/** Whether a token for this resource or audience is one for our gateways. */
export function ourNames({ parts, origin }: Pick<GrantAsked, 'parts' | 'origin'>) {
  const { issuer, audience } = parts.enrolment.trust();
  const names = new Set([issuer, audience, origin]);
  return (name: string): boolean =>
    names.has(name) || names.has(name.replace(/\/$/, '')) || parts.oauth.isGateway(name);
}
