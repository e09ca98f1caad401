import type { JsonObject } from '#kernel/json/value.ts';
import type { Role } from '#kernel/principal.ts';
import type { OutboundNetwork } from './outbound.ts';
import type { UserTokenUse } from './person-session.ts';
import { type NamedEntry, section } from './section.ts';

/** Who may say who somebody is, and what of it counts here; from a document. */
export interface IdentityProviderEntry extends NamedEntry {
  /** For people who choose one. */
  readonly title: string;
  readonly oidc: OidcSettings;
  readonly claims: ClaimNames;
  readonly roles: readonly RoleRule[];
  readonly require: {
    /** One of these; empty: whatever. */
    readonly acr: readonly string[];
    /** Each of these. */
    readonly amr: readonly string[];
    readonly maxAgeMs: number | undefined;
  };
}

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** How we prove who we are: by a secret that the vault holds, or by our own key. */
  readonly client: { readonly kind: 'secret'; readonly secret: string } | { readonly kind: 'key' };
  readonly scopes: readonly string[];
  /** Whoever holds a token of the provider for one of these may exchange it; empty: nobody. */
  readonly exchangeAudiences: readonly string[];
  /** What beside public addresses may be asked. */
  readonly network: OutboundNetwork;
}

export interface ClaimNames {
  readonly name: string;
  readonly groups: string;
  /** Go on to policies as `name=value`. */
  readonly pass: readonly string[];
  /** Groups that count beside those that documents name. */
  readonly passGroups?: readonly string[] | undefined;
}

/** Who holds these roles: a group, or whoever has a claim of this value. */
export type RoleRule = { readonly roles: readonly Role[] } & (
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'claim'; readonly claim: string; readonly value: string }
);

export const identityProviders = section<IdentityProviderEntry>('identityProviders');

/** One provider, in one tenant. */
export interface ProviderRef {
  readonly tenant: string;
  readonly entry: IdentityProviderEntry;
}

export interface AuthorizationAsk extends ProviderRef {
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  /** S256 of the verifier. */
  readonly challenge: string;
  readonly acr: readonly string[];
  readonly maxAgeMs: number | undefined;
}

export interface RedeemAsk extends ProviderRef {
  readonly code: string;
  /** As the answer named its issuer (RFC 9207); undefined when it did not. */
  readonly iss: string | undefined;
  readonly verifier: string;
  readonly nonce: string;
  readonly redirectUri: string;
}

/** What a provider signed. INVARIANT: signature, issuer, audience and times were judged; nothing else was. */
export interface Assertion {
  readonly claims: JsonObject;
  readonly expiresAt: number;
}

export interface LogoutSaid {
  readonly jti: string;
  readonly subject: string | undefined;
  readonly session: string | undefined;
  /** Until when the token could be said again. */
  readonly until: number;
}

/**
 * Speaks with identity providers, and judges what they sign. Rejects with `identity/…`. INVARIANT: of keys
 * and metadata nothing is believed that did not come from the provider's own address; while it does not
 * answer what was known stays for a bounded time, and then nobody is anybody.
 */
export interface IdentityProvider {
  authorizationUrl(ask: AuthorizationAsk): Promise<string>;
  /** Code, PKCE and nonce for what the ID token says. */
  redeem(ask: RedeemAsk): Promise<Assertion>;
  /** A token that somebody brings along; `audience` is us, as assertions name us. */
  read(
    ask: ProviderRef & {
      readonly token: string;
      readonly use: UserTokenUse;
      readonly audience: string;
    },
  ): Promise<Assertion>;
  /** OpenID Connect back-channel logout 1.0. Whether it was said before, the caller has to know. */
  logout(ask: ProviderRef & { readonly token: string }): Promise<LogoutSaid>;
  /** Where a browser ends the session at the provider too; undefined when it has no such place. */
  endSessionUrl(ask: ProviderRef & { readonly returnTo: string }): Promise<string | undefined>;
  /** Whose a token says that it is. It proves nothing: it tells by which document to judge it. */
  issuerOf(token: string): string | undefined;
  /** Ours, for providers that take a key for a client's secret. */
  clientKeys(): JsonObject;
}
