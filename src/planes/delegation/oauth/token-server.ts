import { createHash, timingSafeEqual } from 'node:crypto';
import type { AuthorizationCode, RefreshFamily } from '#contracts/code-book.ts';
import type { Delegation } from '#contracts/delegation-book.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newCapability } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { EffectClass } from '#kernel/tool.ts';
import { mayUseClient } from '#contracts/client-entry.ts';
import { sameRedirect } from './redirect-uris.ts';
import type { KnownClient, Tokens, TokenServer } from './door.ts';
import { createTurnRate, type TurnRate } from './turn-rate.ts';
import { resourceOf, scopeOf } from './resources.ts';
import { introspect, revoke } from './token-ends.ts';
import type { TokenParts } from './token-parts.ts';

/** What clients fetch and renew. INVARIANT: tokens are made of a delegation, and of nothing else. */
export function createTokenServer(parts: TokenParts): TokenServer {
  const rate = createTurnRate(parts.clock);
  return {
    byCode: (ask) => byCode(parts, ask),
    byRefresh: (ask) => byRefresh(parts, rate, ask),
    revoke: (ask) => revoke(parts, ask),
    introspect: (ask) => introspect(parts, ask),
  };
}

type ByCode = Parameters<TokenServer['byCode']>[0];

/** INVARIANT: the code is spent first, whoever comes with it; what is wrong is found after, and gives nothing. */
async function byCode(parts: TokenParts, ask: ByCode): Promise<Tokens> {
  const { tenant, client } = ask;
  const digest = sha256Hex(ask.code);
  const spent = await parts.codes.spend({ tenant, digest, now: parts.clock.now() });
  if (spent.kind === 'unknown') throw new BailiwickError('oauth/invalid-grant');
  if (spent.kind === 'replayed') {
    await endReplayed(parts, tenant, spent.delegation);
    throw new BailiwickError('oauth/invalid-grant');
  }
  checkCode(parts, spent.code, ask);
  const delegation = await begin(parts, spent.code, ask);
  const isFirst = await parts.codes.gave({ tenant, digest, delegation: delegation.id });
  if (!isFirst) {
    await endReplayed(parts, tenant, delegation.id);
    throw new BailiwickError('oauth/invalid-grant');
  }
  const minted = await parts.delegations.issue({ tenant, id: delegation.id });
  const refreshToken = newToken();
  const family: RefreshFamily = {
    tenant,
    delegation: delegation.id,
    client: client.id,
    thumbprint: ask.thumbprint,
    until: delegation.until,
  };
  await parts.codes.begin(family, sha256Hex(refreshToken), parts.clock.now());
  if (client.trust === 'dynamic') {
    await parts.registered.used(tenant, client.id, parts.clock.now());
  }
  return { ...minted, effects: delegation.effects, refreshToken };
}

/** Somebody has the code who should not: whoever of the two came first keeps nothing. */
async function endReplayed(
  { delegations }: TokenParts,
  tenant: string,
  id: string | undefined,
): Promise<void> {
  if (id === undefined) return;
  const ground = { kind: 'delegation', id } as const;
  const reason = 'its authorization code was used again';
  await delegations.end({ tenant, ground, by: 'system/oauth', reason });
}

function checkCode({ resourceOrigins }: TokenParts, code: AuthorizationCode, ask: ByCode): void {
  const { client, redirectUri, verifier, resource } = ask;
  const isSame =
    code.client === client.id &&
    code.document === client.document.name &&
    code.agent === client.document.agent &&
    (redirectUri === undefined
      ? client.redirectUris.length === 1 &&
        sameRedirect(client.redirectUris[0] ?? '', code.redirectUri)
      : redirectUri === code.redirectUri);
  if (!isSame || !answersChallenge(code.challenge, verifier)) {
    throw new BailiwickError('oauth/invalid-grant');
  }
  if (resource !== undefined && resource !== code.resource) {
    throw new BailiwickError('oauth/invalid-target');
  }
  resourceOf(resourceOrigins(), code.resource);
}

/** RFC 7636 §4.6. */
function answersChallenge(challenge: string, verifier: string): boolean {
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return false;
  const made = createHash('sha256').update(verifier).digest('base64url');
  return (
    made.length === challenge.length && timingSafeEqual(Buffer.from(made), Buffer.from(challenge))
  );
}

async function begin(
  parts: TokenParts,
  code: AuthorizationCode,
  { tenant, client, thumbprint }: ByCode,
): Promise<Delegation> {
  const session = await parts.sessions.get(tenant, code.session);
  const isHeld = session !== undefined && mayUseClient(client.document, session);
  if (!isHeld || !(await isAgreed(parts, code, client))) {
    throw new BailiwickError('oauth/invalid-grant');
  }
  const resource = resourceOf(parts.resourceOrigins(), code.resource);
  return parts.delegations.begin({
    tenant,
    session,
    thumbprint,
    consent: code.consent,
    client: client.id,
    agent: code.agent,
    instance: undefined,
    hops: [],
    parent: undefined,
    effects: code.effects,
    scope: scopeOf(parts.snapshot()?.tenants[tenant], code.agent, resource),
    intent: undefined,
    labels: [],
    isNew: code.isNew,
    until: code.until,
    reason: `by ${client.name}, on consent ${code.consent}`,
  });
}

interface Agreement {
  readonly tenant: string;
  readonly consent: string;
  readonly effects: readonly EffectClass[];
}

/** It may have been narrowed or withdrawn since, and so may what its document says. */
async function isAgreed(
  { consents, clock }: TokenParts,
  { tenant, consent: id, effects }: Agreement,
  { document }: KnownClient,
): Promise<boolean> {
  if (id === `Client/${document.name}`) return document.consent === 'policy';
  const consent = await consents.get(tenant, id);
  if (consent === undefined || consent.endedAt !== undefined) return false;
  return consent.until > clock.now() && effects.every((one) => consent.effects.includes(one));
}

async function byRefresh(
  parts: TokenParts,
  rate: TurnRate,
  {
    tenant,
    client,
    refreshToken,
    effects,
    resource,
    thumbprint,
  }: Parameters<TokenServer['byRefresh']>[0],
): Promise<Tokens> {
  const digest = sha256Hex(refreshToken);
  const family = await parts.codes.familyOf(tenant, digest);
  if (family === undefined) throw new BailiwickError('oauth/invalid-grant');
  if (family.client !== client.id) {
    await endStolen(parts, family, 'its refresh token was brought by another client');
    throw new BailiwickError('oauth/invalid-grant');
  }
  // Bound to a key: whoever has the token alone has nothing, and cannot end it for its owner either.
  if (family.thumbprint !== undefined && family.thumbprint !== thumbprint) {
    throw new BailiwickError('identity/key-mismatch');
  }
  resourceOf(parts.resourceOrigins(), resource);
  const delegation = await standing(parts, family, client);
  const narrowed = narrowedTo(delegation.effects, effects, client);
  rate(family.delegation);
  // INVARIANT: a token is turned last: whoever is refused because nothing can be recorded comes again with the
  // same one, and is no thief. What was issued and is not told dies with its time or its delegation.
  const minted = await parts.delegations.issue({
    tenant,
    id: family.delegation,
    effects: narrowed,
  });
  const next = newToken();
  const asked = { tenant, digest, next: sha256Hex(next), now: parts.clock.now() };
  const turned = await parts.codes.turn({
    ...asked,
    graceMs: limits.refreshGraceMs,
  });
  if (turned.kind === 'reused') {
    await endStolen(parts, turned.family, 'a refresh token of it was used again');
  }
  if (turned.kind !== 'turned') throw new BailiwickError('oauth/invalid-grant');
  if (client.trust === 'dynamic') {
    await parts.registered.used(tenant, client.id, parts.clock.now());
  }
  return { ...minted, effects: narrowed, refreshToken: next };
}

/** What the tokens are made of, as long as all that it stands on is there. */
async function standing(
  parts: TokenParts,
  { tenant, delegation: id }: RefreshFamily,
  client: KnownClient,
): Promise<Delegation> {
  const found = await parts.delegations.get(tenant, id);
  const session = found?.user && (await parts.sessions.get(tenant, found.user.session));
  if (found === undefined || session === undefined) throw new BailiwickError('oauth/invalid-grant');
  const isSame = found.agent === client.document.agent && mayUseClient(client.document, session);
  if (!isSame || !(await isAgreed(parts, found, client))) {
    throw new BailiwickError('oauth/invalid-grant');
  }
  return found;
}

/** INVARIANT: never more than was agreed to, nor than the document lets now. */
function narrowedTo(
  agreed: readonly EffectClass[],
  asked: readonly EffectClass[] | undefined,
  { document }: KnownClient,
): readonly EffectClass[] {
  if (asked?.some((effect) => !agreed.includes(effect)) === true) {
    throw new BailiwickError('oauth/invalid-scope');
  }
  const left = (asked ?? agreed).filter((effect) => document.effects.includes(effect));
  if (left.length === 0) throw new BailiwickError('oauth/invalid-scope');
  return left;
}

async function endStolen(
  { delegations }: TokenParts,
  { tenant, delegation: id }: RefreshFamily,
  reason: string,
): Promise<void> {
  const ground = { kind: 'delegation', id } as const;
  await delegations.end({ tenant, ground, by: 'system/oauth', reason });
}

function newToken(): string {
  return newCapability() + newCapability();
}
