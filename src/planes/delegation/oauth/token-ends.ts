import type { Delegation } from '#contracts/delegation-book.ts';
import type { OwnAccess, OwnDelegated } from '#contracts/own-tokens.ts';
import { sha256Hex } from '#kernel/digest.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Hop } from '#kernel/principal.ts';
import type { TokenServer } from './door.ts';
import type { TokenParts } from './token-parts.ts';

type Ask = Parameters<TokenServer['revoke']>[0];

type Found = { readonly delegation: Delegation } & (
  | { readonly kind: 'access'; readonly access: OwnAccess; readonly delegated: OwnDelegated }
  | { readonly kind: 'refresh' }
);

/** INVARIANT: of another client, or of nobody, there is nothing here: neither is told from the other. */
async function found(parts: TokenParts, ask: Ask): Promise<Found | undefined> {
  const { tenant, client, token } = ask;
  const family = await parts.codes.familyOf(tenant, sha256Hex(token));
  const own = async (id: string) => {
    const delegation = await parts.delegations.get(tenant, id);
    return delegation?.client === client.id ? delegation : undefined;
  };
  if (family !== undefined) {
    const delegation = await own(family.delegation);
    return delegation === undefined ? undefined : { kind: 'refresh', delegation };
  }
  const access = parts.own.readAccess(token, parts.clock.now());
  const delegated = access?.tenant === tenant ? access.delegated : undefined;
  if (access === undefined || delegated === undefined) return undefined;
  const delegation = await own(delegated.id);
  return delegation === undefined ? undefined : { kind: 'access', delegation, access, delegated };
}

/**
 * RFC 7009 §2.1: with a refresh token the whole goes, so that who is done is done; an access token goes alone.
 * It is over when this resolves, and within a second at every gateway.
 */
export async function revoke(parts: TokenParts, ask: Ask): Promise<void> {
  const it = await found(parts, ask);
  if (it === undefined) return;
  const { tenant, client } = ask;
  const by = 'system/oauth';
  const reason = `its client ${client.name} gave it back`;
  if (it.kind === 'access') {
    const { token, expiresAt } = it.access;
    await parts.delegations.withdrawToken({ of: it.delegation, token, expiresAt, by, reason });
    return;
  }
  const ground = { kind: 'delegation', id: it.delegation.id } as const;
  await parts.delegations.end({ tenant, ground, by, reason });
}

/** RFC 7662 §2.2: of the very token that was asked about. */
export async function introspect(parts: TokenParts, ask: Ask): Promise<JsonObject | undefined> {
  const it = await found(parts, ask);
  if (it === undefined) return undefined;
  const { delegation } = it;
  const { user, endedAt, until, task } = delegation;
  if (endedAt !== undefined || until <= parts.clock.now() || user === undefined) return undefined;
  if ((await parts.sessions.get(ask.tenant, user.session)) === undefined) return undefined;
  const shared = { active: true, client_id: ask.client.id, sub: user.subject, task };
  if (it.kind === 'refresh') return { ...shared, ...ofRefresh(delegation) };
  const { token } = it.access;
  return (await parts.delegations.isWithdrawn(ask.tenant, token))
    ? undefined
    : { ...shared, ...ofAccess(it) };
}

function ofAccess({
  access,
  delegated,
  delegation,
}: Extract<Found, { readonly kind: 'access' }>): JsonObject {
  const { expiresAt, thumbprint } = access;
  return {
    token_use: 'access',
    token_type: thumbprint === undefined ? 'Bearer' : 'DPoP',
    scope: (delegated.effects ?? delegation.effects).join(' '),
    exp: Math.floor(expiresAt / 1_000),
    iat: Math.floor(delegated.issuedAt / 1_000),
    act: chainOf(delegation.tenant, access, delegated.hops),
    ...boundTo(thumbprint),
  };
}

function ofRefresh({ effects, until, begunAt, thumbprint }: Delegation): JsonObject {
  return {
    token_use: 'refresh',
    scope: effects.join(' '),
    exp: Math.floor(until / 1_000),
    iat: Math.floor(begunAt / 1_000),
    ...boundTo(thumbprint),
  };
}

function boundTo(thumbprint: string | undefined): JsonObject {
  return thumbprint === undefined ? {} : { cnf: { jkt: thumbprint } };
}

/** RFC 8693 §4.1: the agent that acts outermost, in it those that it came through. */
function chainOf(tenant: string, acting: Hop, hops: readonly Hop[]): JsonObject {
  const chain = [...hops, { agent: acting.agent, instance: acting.instance }];
  return chain.reduce<JsonObject>(
    (before, { agent, instance }) => ({
      sub: `agent:${tenant}/${agent}/${instance}`,
      ...(Object.keys(before).length === 0 ? {} : { act: before }),
    }),
    {},
  );
}
