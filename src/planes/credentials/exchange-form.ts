import type { ExchangeAskFor } from '#contracts/credential-source.ts';
import { newCapability } from '#kernel/ids.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Principal, UserLeg } from '#kernel/principal.ts';
import type { AssertionSigner } from './assertion-signer.ts';

/** For how long the word that we send with one request is good. */
const assertionSeconds = 60;

export type Form = Readonly<Record<string, string>>;

const jwtType = 'urn:ietf:params:oauth:token-type:jwt';
const accessType = 'urn:ietf:params:oauth:token-type:access_token';

/** How an agent is called outside. */
export function actorText({ tenant, agent, instance }: Principal): string {
  return `agent:${tenant}/${agent}/${instance}`;
}

/**
 * What the authorization server is sent: who we are, and for whom through whom. INVARIANT: our own words, signed
 * for this server alone; no token that anybody brought to us is in it.
 */
export function exchangeForm(
  ask: ExchangeAskFor,
  signer: AssertionSigner,
  now: number,
  secret?: string,
): Form {
  const { use, principal } = ask;
  const stated = statedBy(signer, use.issuer, now);
  return {
    ...clientForm(use.clientId, stated, secret),
    ...grantOf(ask, stated),
    ...(use.audience === undefined ? {} : { audience: use.audience }),
    ...(use.resource === undefined ? {} : { resource: use.resource }),
    ...scopeOf(ask),
    ...(isForUser(ask) && use.mode === 'token-exchange' ? actorOf(ask, principal, stated) : {}),
  };
}

export type State = (typ: string, claims: JsonObject) => string;

/** Our word to one server, good for a minute. */
export function statedBy(signer: AssertionSigner, audience: string, now: number): State {
  const said = { iat: Math.floor(now / 1_000), exp: Math.floor(now / 1_000) + assertionSeconds };
  return (typ, claims) =>
    signer.sign(typ, { ...claims, ...said, aud: audience, jti: newCapability() });
}

/** Who we are there: by a secret where the document names one, else by our key (`private_key_jwt`). */
export function clientForm(clientId: string, stated: State, secret: string | undefined): Form {
  if (secret !== undefined) return { client_id: clientId, client_secret: secret };
  return {
    client_id: clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: stated('client-authentication+jwt', { iss: clientId, sub: clientId }),
  };
}

function scopeOf({ use, principal }: ExchangeAskFor): Form {
  const { scope, machineScope } = use;
  const wanted = principal.user === undefined ? (machineScope ?? scope) : scope;
  return wanted === undefined ? {} : { scope: wanted };
}

/** An agent that acts for nobody, and a server that knows no users, have the machine account. */
export function isForUser({ use, principal }: ExchangeAskFor): boolean {
  return use.mode !== 'client-credentials' && principal.user !== undefined;
}

function grantOf(ask: ExchangeAskFor, stated: State): Form {
  const { use, principal, issuer } = ask;
  const { user } = principal;
  if (user === undefined || use.mode === 'client-credentials') {
    return { grant_type: 'client_credentials' };
  }
  const claims = { iss: issuer, ...userClaims(user), act: { sub: actorText(principal) } };
  if (use.mode === 'id-jag') {
    const assertion = stated('oauth-id-jag+jwt', {
      ...claims,
      client_id: use.clientId,
      ...(use.resource === undefined ? {} : { resource: use.resource }),
      ...(use.scope === undefined ? {} : { scope: use.scope }),
    });
    return { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
  }
  return {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: stated('JWT', { ...claims, may_act: { sub: actorText(principal) } }),
    subject_token_type: jwtType,
    requested_token_type: accessType,
  };
}

function actorOf({ issuer }: ExchangeAskFor, principal: Principal, stated: State): Form {
  const actor_token = stated('JWT', { iss: issuer, sub: actorText(principal) });
  return { actor_token, actor_token_type: jwtType };
}

/** The user as their own provider names them, and how they signed in there. */
function userClaims({ subject, issuer, acr, amr, signedInAt }: UserLeg): JsonObject {
  return {
    sub: subject,
    sub_iss: issuer,
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr: [...amr] }),
    ...(signedInAt === undefined ? {} : { auth_time: Math.floor(signedInAt / 1_000) }),
  };
}
