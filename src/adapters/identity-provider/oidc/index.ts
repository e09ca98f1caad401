import type {
  Assertion,
  AuthorizationAsk,
  IdentityProvider,
  OidcSettings,
  ProviderRef,
  RedeemAsk,
} from '#contracts/identity-provider.ts';
import type { KeyringSigner } from '#contracts/keyring.ts';
import type { Outbound } from '#contracts/outbound.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import { providerFault } from './answers.ts';
import { createClientKey } from './client-key.ts';
import {
  checkCommon,
  checkExchange,
  checkIdJag,
  checkIdToken,
  checkLogout,
  isText,
} from './judge.ts';
import { invalidToken, type Signed, unprovenIssuer, verifySigned } from './jws.ts';
import { createKept, type Kept, type KeptTimes } from './kept.ts';
import { type ProviderKey, readKeys } from './keys.ts';
import { type Metadata, readMetadata } from './metadata.ts';
import { redeemCode } from './redeem.ts';

export interface OidcOptions {
  /** Asks what a document lets it. */
  readonly outbound: (network: OidcSettings['network']) => Outbound;
  readonly clock: Clock;
  readonly secretOf: (tenant: string, name: string) => string;
  /** Ours, for providers that take a key. */
  readonly signer: KeyringSigner;
}

/** What is known of one provider, as one document has it. */
interface Known {
  readonly outbound: Outbound;
  readonly metadata: Kept<Metadata>;
  readonly keys: Kept<readonly ProviderKey[]>;
}

const times: KeptTimes = {
  freshMs: limits.providerFreshMs,
  staleMs: limits.providerStaleMs,
  againMs: limits.providerAgainMs,
};

/** More documents than a tenant has providers; what is forgotten is asked for again. */
const mostKnown = 256;

export function createOidc(options: OidcOptions): IdentityProvider {
  const { clock } = options;
  const clientKey = createClientKey(options.signer);
  const knownOf = createKnown(options);
  const judged = async ({ entry }: ProviderRef, token: string): Promise<Judged> => {
    const { issuer } = entry.oidc;
    const signed = await verifySigned(token, knownOf(entry.oidc).keys);
    return { signed, expiresAt: checkCommon(signed.claims, { issuer, now: clock.now() }) };
  };
  return {
    authorizationUrl: async (ask) =>
      authorizationUrl(await knownOf(ask.entry.oidc).metadata.get(), ask),
    async redeem(ask) {
      const { outbound, metadata: kept } = knownOf(ask.entry.oidc);
      const metadata = await kept.get();
      checkAnswerIssuer(metadata, ask);
      const { secretOf } = options;
      const parts = { outbound, metadata, clientKey, secretOf, now: clock.now() };
      const { idToken, accessToken } = await redeemCode(parts, ask);
      const { signed, expiresAt } = await judged(ask, idToken);
      const { clientId } = ask.entry.oidc;
      checkIdToken(signed, { clientId, nonce: ask.nonce, accessToken });
      return { claims: signed.claims, expiresAt };
    },
    async read(ask) {
      const { signed, expiresAt } = await judged(ask, ask.token);
      if (ask.use === 'exchange') checkExchange(signed, ask.entry.oidc.exchangeAudiences);
      else checkIdJag(signed, ask.audience);
      return { claims: signed.claims, expiresAt };
    },
    async logout(ask) {
      const { signed, expiresAt } = await judged(ask, ask.token);
      checkLogout(signed, ask.entry.oidc.clientId);
      const { jti, sub, sid } = signed.claims;
      if (!isText(jti)) throw invalidToken('the logout token has no name');
      return {
        jti,
        subject: isText(sub) ? sub : undefined,
        session: isText(sid) ? sid : undefined,
        until: expiresAt + limits.clockSkewMs,
      };
    },
    async endSessionUrl({ entry, returnTo }) {
      const metadata = await knownOf(entry.oidc).metadata.get();
      if (metadata.end_session_endpoint === undefined) return undefined;
      const url = new URL(metadata.end_session_endpoint);
      url.searchParams.set('client_id', entry.oidc.clientId);
      url.searchParams.set('post_logout_redirect_uri', returnTo);
      return url.href;
    },
    issuerOf: unprovenIssuer,
    clientKeys: () => clientKey.jwks,
  };
}

interface Judged extends Pick<Assertion, 'expiresAt'> {
  readonly signed: Signed;
}

/** INVARIANT: two documents share nothing that is known, so that what one lets be asked no other one has. */
function createKnown({ outbound: outboundFor, clock }: OidcOptions): (oidc: OidcSettings) => Known {
  const known = new Map<string, Known>();
  return (oidc) => {
    const { issuer, network } = oidc;
    const name = canonicalText({ issuer, network: { ...network, hosts: [...network.hosts] } });
    const before = known.get(name);
    if (before !== undefined) return before;
    const outbound = outboundFor(network);
    const metadata = createKept(() => readMetadata(outbound, oidc), times, clock);
    const keys = createKept(
      async () => readKeys(outbound, (await metadata.get()).jwks_uri),
      times,
      clock,
    );
    if (known.size >= mostKnown) known.clear();
    known.set(name, { outbound, metadata, keys });
    return { outbound, metadata, keys };
  };
}

function authorizationUrl(metadata: Metadata, ask: AuthorizationAsk): string {
  const { clientId, scopes } = ask.entry.oidc;
  const url = new URL(metadata.authorization_endpoint);
  const fields: Readonly<Record<string, string | undefined>> = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: ask.redirectUri,
    scope: scopes.join(' '),
    state: ask.state,
    nonce: ask.nonce,
    code_challenge: ask.challenge,
    code_challenge_method: 'S256',
    acr_values: ask.acr.length === 0 ? undefined : ask.acr.join(' '),
    max_age: ask.maxAgeMs === undefined ? undefined : `${Math.trunc(ask.maxAgeMs / 1_000)}`,
  };
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url.href;
}

/** RFC 9207: which provider answered. Against one that pretends to be another. */
function checkAnswerIssuer(metadata: Metadata, { iss }: RedeemAsk): void {
  if (iss === undefined && metadata.authorization_response_iss_parameter_supported) {
    throw providerFault('its answer does not say whose it is');
  }
  if (iss !== undefined && iss !== metadata.issuer) {
    throw new BailiwickError('identity/sign-in-lost', {
      message: 'the answer is of another identity provider than the one that was asked',
    });
  }
}
