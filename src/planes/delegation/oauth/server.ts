import type { DeskRecorder } from '#contracts/desk.ts';
import type { Delegations } from '#contracts/delegations.ts';
import type { KeyProofs } from '#contracts/key-proofs.ts';
import type { Outbound } from '#contracts/outbound.ts';
import type { OwnTokens } from '#contracts/own-tokens.ts';
import type { PersonSessions } from '#contracts/person-session.ts';
import type { Store } from '#contracts/store.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import { createAuthorizationServer } from './authorization.ts';
import { type ClientChanges, createClientChanges } from './client-changes.ts';
import { createClients } from './clients.ts';
import { type ConsentDesk, createConsentDesk } from './consent-desk.ts';
import type { AuthorizationServer, Clients, TokenServer } from './door.ts';
import { isWholeGateway, originsIn } from './resources.ts';
import { createTokenServer } from './token-server.ts';

export interface OAuthServer {
  readonly clients: Clients;
  readonly authorization: AuthorizationServer;
  readonly tokens: TokenServer;
  readonly consents: ConsentDesk;
  readonly changes: ClientChanges;
  readonly proofs: KeyProofs;
  /** Whether a gateway is met at this address: with all its servers, not with one alone. */
  readonly isGateway: (resource: string) => boolean;
}

export interface OAuthParts {
  readonly store: Pick<Store, 'clients' | 'codes' | 'consents' | 'delegations'>;
  readonly sessions: Pick<PersonSessions, 'get'>;
  readonly delegations: Delegations;
  readonly own: Pick<OwnTokens, 'readAccess'>;
  readonly proofs: KeyProofs;
  readonly outbound: Pick<Outbound, 'fetch'>;
  readonly recorder: DeskRecorder;
  readonly snapshot: () => Snapshot | undefined;
  /** What each gateway says of itself. */
  readonly gateways: () => readonly JsonObject[];
  readonly clock: Clock;
}

/** Everything that clients of OAuth, and their users, meet. */
export function createOAuthServer(given: OAuthParts): OAuthServer {
  const parts = { ...given, resourceOrigins: () => originsIn(given.gateways()) };
  const { store, proofs } = parts;
  const { clients: registered, codes, consents } = store;
  const clients = createClients({ ...parts, book: registered, used: store.delegations });
  return {
    clients,
    proofs,
    isGateway: (resource) => isWholeGateway(parts.resourceOrigins(), resource),
    authorization: createAuthorizationServer({ ...parts, clients, registered, codes, consents }),
    tokens: createTokenServer({ ...parts, registered, codes, consents }),
    consents: createConsentDesk({ ...parts, consents }),
    changes: createClientChanges({ ...parts, clients, book: store.delegations }),
  };
}
