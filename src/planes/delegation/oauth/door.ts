import type { Consent } from '#contracts/consent-book.ts';
import type { PersonSession } from '#contracts/person-session.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { EffectClass } from '#kernel/tool.ts';
import type { ClientEntry } from '#contracts/client-entry.ts';

/** How much is known of who a client is. */
export type ClientTrust = 'registered' | 'metadata' | 'dynamic';

export interface KnownClient {
  readonly id: string;
  /** For people to read. INVARIANT: of anybody but a registered one it is what the client says of itself. */
  readonly name: string;
  readonly document: ClientEntry;
  readonly trust: ClientTrust;
  readonly redirectUris: readonly string[];
  readonly auth:
    | { readonly kind: 'none' }
    | { readonly kind: 'secret'; readonly sha256: string }
    | { readonly kind: 'keys'; readonly keys: readonly JsonObject[] };
}

/** How a client says at an endpoint for clients who it is. */
export type ClientProof =
  | { readonly kind: 'none' }
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'assertion'; readonly assertion: string };

export interface Clients {
  /** Undefined when no document lets it act as an agent now. Of one at an address, that is asked. */
  find(tenant: string, id: string): Promise<KnownClient | undefined>;
  /** The document that lets it act now; nobody outside is asked. */
  documentOf(tenant: string, id: string): Promise<ClientEntry | undefined>;
  /** The client that proved to be itself; `oauth/invalid-client` otherwise. */
  authenticate(ask: {
    readonly tenant: string;
    /** Undefined when only its assertion names it. */
    readonly id: string | undefined;
    readonly proof: ClientProof;
    /** What we are called. */
    readonly audiences: readonly string[];
  }): Promise<KnownClient>;
  /** RFC 7591: only where a document lets it; on record before it is there. */
  register(ask: {
    readonly tenant: string;
    readonly metadata: unknown;
    readonly source: string;
  }): Promise<KnownClient & { readonly registeredAt: number }>;
  /** Whether any document lets clients register themselves. */
  mayRegister(tenant: string): boolean;
}

/** What a client asks for, once it is certain where its answer goes. */
export interface AuthorizationRequest {
  readonly id: string;
  readonly tenant: string;
  readonly client: KnownClient;
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly challenge: string;
  readonly resource: string | undefined;
  readonly effects: readonly EffectClass[];
  readonly expiresAt: number;
}

/** What somebody sees before they agree. */
export interface ConsentOffer {
  readonly request: AuthorizationRequest;
  readonly agent: { readonly name: string; readonly purpose: string; readonly owner: string };
  /** What the agent may for this very user, by class of effect; classes that nobody asked for are not there. */
  readonly offered: readonly {
    readonly effect: EffectClass;
    readonly targets: readonly string[];
    readonly more: number;
  }[];
  /** For how long it can be agreed to, in milliseconds, the shortest first. */
  readonly durations: readonly number[];
  /** Ties the form to this page, this sign-in and this request. */
  readonly token: string;
}

export type Authorized =
  | { readonly kind: 'sign-in'; readonly request: AuthorizationRequest }
  | { readonly kind: 'ask'; readonly offer: ConsentOffer }
  | { readonly kind: 'answer'; readonly location: string };

export interface AuthorizationServer {
  /**
   * Reads what a client asks. Throws while it is not certain where its answer goes; from then on a no goes
   * there too.
   */
  begin(ask: {
    readonly tenant: string;
    readonly query: Readonly<Record<string, string>>;
    readonly issuer: string;
    readonly source: string;
  }): Promise<
    | { readonly kind: 'begun'; readonly request: AuthorizationRequest }
    | { readonly kind: 'answer'; readonly location: string }
  >;
  /** Where the request stands for whoever asks: to sign in, to agree, or answered. */
  go(ask: {
    readonly request: string;
    readonly session: PersonSession | undefined;
    readonly issuer: string;
  }): Promise<Authorized>;
  /** What the user decided. INVARIANT: on record before there is anything to fetch. */
  decide(ask: {
    readonly request: string;
    readonly session: PersonSession;
    readonly token: string;
    readonly issuer: string;
    readonly decision:
      | { readonly kind: 'deny' }
      | {
          readonly kind: 'allow';
          readonly effects: readonly EffectClass[];
          readonly durationMs: number;
        };
  }): Promise<{ readonly location: string }>;
}

export interface Tokens {
  readonly accessToken: string;
  readonly tokenType: 'DPoP' | 'Bearer';
  readonly expiresIn: number;
  readonly effects: readonly EffectClass[];
  readonly refreshToken: string;
}

/** What a client fetches, renews and gives back. */
export interface TokenServer {
  byCode(ask: {
    readonly client: KnownClient;
    readonly tenant: string;
    readonly code: string;
    readonly redirectUri: string | undefined;
    readonly verifier: string;
    readonly resource: string | undefined;
    readonly thumbprint: string | undefined;
  }): Promise<Tokens>;
  byRefresh(ask: {
    readonly client: KnownClient;
    readonly tenant: string;
    readonly refreshToken: string;
    readonly effects: readonly EffectClass[] | undefined;
    readonly resource: string | undefined;
    readonly thumbprint: string | undefined;
  }): Promise<Tokens>;
  /** RFC 7009. What is not the client's is left alone, and nobody is told. */
  revoke(ask: {
    readonly client: KnownClient;
    readonly tenant: string;
    readonly token: string;
  }): Promise<void>;
  /** RFC 7662. Undefined: it is not active, or not this client's to know of. */
  introspect(ask: {
    readonly client: KnownClient;
    readonly tenant: string;
    readonly token: string;
  }): Promise<JsonObject | undefined>;
}

export type { Consent };
