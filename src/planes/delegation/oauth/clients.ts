import { timingSafeEqual } from 'node:crypto';
import type { DelegationBook } from '#contracts/delegation-book.ts';
import type { KeyProofs } from '#contracts/key-proofs.ts';
import type { Outbound } from '#contracts/outbound.ts';
import { entriesOf } from '#contracts/section.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { actsAs, type ClientEntry, clientSection } from '#contracts/client-entry.ts';
import type { ClientMetadata } from './client-metadata.ts';
import type { Clients, KnownClient } from './door.ts';
import { createMetadataClients } from './metadata-clients.ts';
import {
  createRegistrations,
  type DynamicEntry,
  type RegistrationParts,
  stillAllowed,
} from './registrations.ts';

export interface ClientParts extends RegistrationParts {
  readonly snapshot: () => Snapshot | undefined;
  readonly outbound: Pick<Outbound, 'fetch'>;
  readonly proofs: Pick<KeyProofs, 'readAssertion'>;
  readonly used: Pick<DelegationBook, 'useOnce'>;
}

/** INVARIANT: whatever a client says of itself, a document in force decides whether it is one. */
export function createClients(parts: ClientParts): Clients {
  const metadata = createMetadataClients(parts.outbound, parts.clock);
  const registrations = createRegistrations(parts);
  const find = (tenant: string, id: string) =>
    findClient(parts, (url) => metadata.get(url), tenant, id);
  return {
    find,
    documentOf: (tenant, id) => documentOf(parts, tenant, id),
    authenticate: (ask) => authenticate(parts, find, ask),
    mayRegister: (tenant) => dynamicOf(documentsOf(parts, tenant)).length > 0,
    async register(ask) {
      const documents = dynamicOf(documentsOf(parts, ask.tenant));
      if (documents.length === 0) throw new BailiwickError('oauth/access-denied');
      const { client, document } = await registrations.register(documents, ask);
      const { id, name, redirectUris, registeredAt } = client;
      const auth = { kind: 'none' } as const;
      return { id, name, document, trust: 'dynamic', redirectUris, auth, registeredAt };
    },
  };
}

function documentsOf({ snapshot }: ClientParts, tenant: string): readonly ClientEntry[] {
  const of = snapshot()?.tenants[tenant];
  return Object.values(entriesOf(of, clientSection)).filter((entry) => actsAs(entry, of));
}

function dynamicOf(documents: readonly ClientEntry[]): readonly DynamicEntry[] {
  return documents.filter((one): one is DynamicEntry => one.identity.kind === 'dynamic');
}

async function documentOf(
  parts: ClientParts,
  tenant: string,
  id: string,
): Promise<ClientEntry | undefined> {
  const documents = documentsOf(parts, tenant);
  const named = documents.find(({ identity }) => {
    if (identity.kind === 'dynamic') return false;
    return id === (identity.kind === 'registered' ? identity.id : identity.url);
  });
  if (named !== undefined) return named;
  const known = await parts.book.get(tenant, id);
  if (known === undefined) return undefined;
  const document = dynamicOf(documents).find(({ name }) => name === known.document);
  return document !== undefined && stillAllowed(document, known) ? document : undefined;
}

const longestId = 256;

async function findClient(
  parts: ClientParts,
  metadataOf: (url: string) => Promise<ClientMetadata | undefined>,
  tenant: string,
  id: string,
): Promise<KnownClient | undefined> {
  if (id.length > longestId) return undefined;
  const documents = documentsOf(parts, tenant);
  for (const document of documents) {
    const { identity } = document;
    if (identity.kind === 'registered' && identity.id === id) return registered(document, identity);
    if (identity.kind === 'metadata' && identity.url === id) {
      const metadata = await metadataOf(id);
      return metadata === undefined ? undefined : described(document, id, metadata);
    }
  }
  const known = await parts.book.get(tenant, id);
  const document = dynamicOf(documents).find(({ name }) => name === known?.document);
  if (known === undefined || document === undefined || !stillAllowed(document, known)) {
    return undefined;
  }
  const { name, redirectUris } = known;
  return { id, name, document, trust: 'dynamic', redirectUris, auth: { kind: 'none' } };
}

function registered(
  document: ClientEntry,
  { id, redirectUris, secretSha256, keys }: Extract<ClientEntry['identity'], { id: string }>,
): KnownClient {
  const auth: KnownClient['auth'] =
    secretSha256 !== undefined
      ? { kind: 'secret', sha256: secretSha256 }
      : keys !== undefined
        ? { kind: 'keys', keys }
        : { kind: 'none' };
  return { id, name: document.name, document, trust: 'registered', redirectUris, auth };
}

function described(
  document: ClientEntry,
  id: string,
  { name, redirectUris, keys }: ClientMetadata,
): KnownClient {
  const auth: KnownClient['auth'] = keys === undefined ? { kind: 'none' } : { kind: 'keys', keys };
  const shown = name === '' ? new URL(id).hostname : name;
  return { id, name: shown, document, trust: 'metadata', redirectUris, auth };
}

/** INVARIANT: a client that has a secret or keys is nobody without them. */
async function authenticate(
  { proofs, used, clock }: ClientParts,
  find: Clients['find'],
  { tenant, id, proof, audiences }: Parameters<Clients['authenticate']>[0],
): Promise<KnownClient> {
  const named = id ?? (proof.kind === 'assertion' ? issuerOf(proof.assertion) : undefined);
  const client = named === undefined ? undefined : await find(tenant, named);
  if (client === undefined) throw new BailiwickError('oauth/invalid-client');
  const { auth } = client;
  if (auth.kind === 'none' && proof.kind === 'none') return client;
  if (auth.kind === 'secret' && proof.kind === 'secret') {
    const given = Buffer.from(sha256Hex(proof.secret), 'hex');
    if (timingSafeEqual(given, Buffer.from(auth.sha256, 'hex'))) return client;
  }
  if (auth.kind === 'keys' && proof.kind === 'assertion') {
    const ask = { assertion: proof.assertion, client: client.id, keys: auth.keys, audiences };
    const { jti, until } = proofs.readAssertion(ask);
    const issuer = `client:${client.id}`;
    if (await used.useOnce({ tenant, issuer, jti, until, now: clock.now() })) return client;
  }
  throw new BailiwickError('oauth/invalid-client');
}

/** Whose keys are to be looked up; believed only once one of them has signed it. */
function issuerOf(assertion: string): string | undefined {
  const [, claims = ''] = assertion.split('.');
  if (assertion.length > 4_096) return undefined;
  try {
    const read = parseJson(Buffer.from(claims, 'base64url'));
    const issuer = isJsonObject(read) ? read['iss'] : undefined;
    return typeof issuer === 'string' ? issuer : undefined;
  } catch {
    return undefined;
  }
}
