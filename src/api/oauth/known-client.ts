import type { ClientProof, KnownClient } from '#planes/delegation/index.ts';
import type { PresentedClient } from './client-auth.ts';
import type { GrantAsked } from './grant.ts';

/** The client that proved to be itself, by whatever its document, or its own metadata, asks of it. */
export function knownClient({
  parts,
  client,
  origin,
}: Pick<GrantAsked, 'parts' | 'client' | 'origin'>): Promise<KnownClient> {
  const audiences = [origin, `${origin}/oauth/token`];
  const { systemTenant: tenant } = parts;
  return parts.oauth.clients.authenticate({
    tenant,
    audiences,
    id: client.id,
    proof: proofOf(client),
  });
}

function proofOf(client: PresentedClient): ClientProof {
  if (client.method === 'none') return { kind: 'none' };
  if (client.method === 'private_key_jwt')
    return { kind: 'assertion', assertion: client.assertion };
  return { kind: 'secret', secret: client.secret };
}
