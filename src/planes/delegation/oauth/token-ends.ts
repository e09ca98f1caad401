import type { Delegation } from '#contracts/delegation-book.ts';
import { sha256Hex } from '#kernel/digest.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { TokenServer } from './door.ts';
import type { TokenParts } from './token-parts.ts';

type Ask = Parameters<TokenServer['revoke']>[0];

interface Found {
  readonly kind: 'access' | 'refresh';
  readonly delegation: Delegation;
  readonly expiresAt: number;
}

/** INVARIANT: of another client, or of nobody, there is nothing here: neither is told from the other. */
async function found(
  parts: TokenParts,
  { tenant, client, token }: Ask,
): Promise<Found | undefined> {
  const family = await parts.codes.familyOf(tenant, sha256Hex(token));
  const access = family === undefined ? parts.own.readAccess(token, parts.clock.now()) : undefined;
  if (access !== undefined && access.tenant !== tenant) return undefined;
  const id = family?.delegation ?? access?.delegated?.id;
  const delegation = id === undefined ? undefined : await parts.delegations.get(tenant, id);
  if (delegation === undefined || delegation.client !== client.id) return undefined;
  return {
    kind: family === undefined ? 'access' : 'refresh',
    delegation,
    expiresAt: access?.expiresAt ?? delegation.until,
  };
}

/**
 * RFC 7009 §2.1: with either of them the whole goes, so that who is done is done. It is over everywhere when
 * this resolves.
 */
export async function revoke(parts: TokenParts, ask: Ask): Promise<void> {
  const it = await found(parts, ask);
  if (it === undefined) return;
  await parts.delegations.end({
    tenant: ask.tenant,
    ground: { kind: 'delegation', id: it.delegation.id },
    by: 'system/oauth',
    reason: `its client ${ask.client.name} gave it back`,
  });
}

/** RFC 7662 §2.2. */
export async function introspect(parts: TokenParts, ask: Ask): Promise<JsonObject | undefined> {
  const it = await found(parts, ask);
  if (it === undefined) return undefined;
  const { delegation, kind, expiresAt } = it;
  const { user, endedAt, until } = delegation;
  const now = parts.clock.now();
  if (endedAt !== undefined || until <= now || user === undefined) return undefined;
  if ((await parts.sessions.get(ask.tenant, user.session)) === undefined) return undefined;
  return {
    active: true,
    client_id: ask.client.id,
    sub: user.subject,
    scope: delegation.effects.join(' '),
    exp: Math.floor(expiresAt / 1_000),
    iat: Math.floor(delegation.begunAt / 1_000),
    token_use: kind,
    ...(delegation.thumbprint === undefined ? {} : { cnf: { jkt: delegation.thumbprint } }),
  };
}
