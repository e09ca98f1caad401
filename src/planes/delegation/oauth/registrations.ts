import { type DeskRecorder, recordThenDo } from '#contracts/desk.ts';
import type { ClientBook, RegisteredClient } from '#contracts/client-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newCapability } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import type { ClientEntry, ClientIdentity } from '#contracts/client-entry.ts';
import { readClientMetadata } from './client-metadata.ts';
import { allowsRedirect } from './redirect-uris.ts';

export type Dynamic = Extract<ClientIdentity, { kind: 'dynamic' }>;
export type DynamicEntry = ClientEntry & { readonly identity: Dynamic };

export interface RegistrationParts {
  readonly book: ClientBook;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
}

/** INVARIANT: how many there can be, and how fast they come, is bounded whoever asks. */
export function createRegistrations({ book, recorder, clock }: RegistrationParts) {
  const rate = createHourly(clock);
  return {
    async register(
      documents: readonly DynamicEntry[],
      { tenant, metadata, source }: { tenant: string; metadata: unknown; source: string },
    ): Promise<{ readonly client: RegisteredClient; readonly document: DynamicEntry }> {
      const { name, redirectUris } = readClientMetadata(metadata);
      const document = documents.find(({ identity }) => allows(identity, { name, redirectUris }));
      if (document === undefined) throw new BailiwickError('oauth/invalid-redirect-uri');
      rate(`${tenant} ${document.name}`, document.identity.perHour);
      const now = clock.now();
      await book.forget(tenant, now - limits.unusedClientMs);
      const client: RegisteredClient = {
        tenant,
        id: newCapability(),
        document: document.name,
        name: name === '' ? 'a client without a name' : name,
        redirectUris,
        source,
        registeredAt: now,
        usedAt: now,
      };
      await recordThenDo(recorder, registeredDraft(client), async () => {
        if (await book.register(client, limits.registeredClients)) return;
        throw new BailiwickError('oauth/too-many-clients', { retryAfter: 3_600 });
      });
      return { client, document };
    },
  };
}

function allows(
  { names, redirectUris: patterns }: Dynamic,
  { name, redirectUris }: { readonly name: string; readonly redirectUris: readonly string[] },
): boolean {
  if (names !== undefined && !names.includes(name)) return false;
  return redirectUris.every((uri) => allowsRedirect(patterns, uri));
}

/** What is allowed now: a document may have become narrower since. */
export function stillAllowed({ identity }: DynamicEntry, client: RegisteredClient): boolean {
  return allows(identity, client);
}

function registeredDraft({ tenant, id, name, document, redirectUris, source }: RegisteredClient) {
  return {
    type: 'client.registered',
    tenant,
    actors: [{ kind: 'system', name: 'system/registration' }],
    source,
    details: { client: id, says: name, document, redirectUris: [...redirectUris] },
  } as const;
}

/** In memory: after a restart there is room again, and the bound of all still holds. */
function createHourly(clock: Clock): (key: string, most: number) => void {
  const buckets = new Map<string, { readonly left: number; readonly at: number }>();
  return (key, most) => {
    const at = clock.monotonic();
    const known = buckets.get(key) ?? { left: most, at };
    const grown = (Math.max(0, at - known.at) * most) / 3_600_000;
    const left = Math.min(most, known.left + grown);
    if (left < 1) {
      const retryAfter = Math.max(1, Math.ceil(((1 - left) * 3_600) / most));
      throw new BailiwickError('oauth/too-many-clients', { retryAfter });
    }
    buckets.set(key, { left: left - 1, at });
  };
}
