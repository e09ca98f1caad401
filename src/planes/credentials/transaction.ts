import type { Lent } from '#contracts/tool-server.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal, UserLeg } from '#kernel/principal.ts';
import type { LeasePart } from '#kernel/record.ts';
import type { TransactionUse } from '#kernel/snapshot.ts';
import { targetLabel, targetText } from '#kernel/target.ts';
import type { AssertionSigner } from './assertion-signer.ts';
import type { LendRequest } from './door.ts';
import { actorText } from './exchange-form.ts';
import { saltedDigest } from './vault.ts';

/**
 * The key of the keyring that signs transaction tokens. INVARIANT: it signs nothing else, so that no authorization
 * server takes one of them for an assertion, and no tool server an assertion for one of them.
 */
export const transactionKey = 'transactions';

const transactionHeader = 'txn-token';

export interface TransactionToken {
  readonly lent: Lent;
  readonly lease: LeasePart;
}

/**
 * A transaction token (draft-ietf-oauth-transaction-tokens) of one call: for whom, through whom, to which server, and
 * over which bytes. INVARIANT: of a call whose intent is on record, and of none else.
 */
export function transactionToken(
  signer: AssertionSigner,
  request: LendRequest,
  use: TransactionUse,
  now: number,
): TransactionToken | Refusal {
  const { whose, about, target } = request;
  if (whose === undefined || about === undefined) {
    return refusal('credentials/unavailable', { retryAfter: 1 });
  }
  const seconds = Math.floor(now / 1_000);
  const value = signer.sign('txntoken+jwt', {
    iss: whose.issuer,
    iat: seconds,
    exp: seconds + limits.transactionTokenMs / 1_000,
    aud: use.audience,
    txn: about.intent,
    ...parties(whose.principal),
    scope: use.scope ?? targetText(target),
    tctx: {
      target: targetText(target),
      kind: target.kind,
      ...(target.name === undefined ? {} : { name: target.name }),
      arguments_sha256: about.argumentsDigest,
      task: whose.principal.task,
    },
  });
  return {
    lent: { kind: 'header', header: transactionHeader, value, secret: value },
    lease: {
      id: newId(now),
      secret: 'transaction-token',
      digest: saltedDigest(value),
      scope: targetLabel(target),
      bound: 'call',
    },
  };
}

/** `sub` is the user, or the machine account; the outermost `act` acts now (RFC 8693 §4.1). */
function parties(principal: Principal): JsonObject {
  const { kind, user, tenant, agent, hops } = principal;
  const actor = kind === 'system' ? `system:${tenant}/${agent}` : actorText(principal);
  const through = [...hops.map((hop) => `agent:${tenant}/${hop.agent}/${hop.instance}`), actor];
  const act = through.reduce<JsonObject>(
    (inner, sub) => (inner['sub'] === undefined ? { sub } : { sub, act: inner }),
    {},
  );
  if (user !== undefined) return { sub: user.subject, req_wl: actor, act, rctx: signedIn(user) };
  return { sub: actor, req_wl: actor, ...(hops.length === 0 ? {} : { act }) };
}

/** The user as their own provider names them, and how they signed in there. */
function signedIn({ issuer, acr, amr, signedInAt }: UserLeg): JsonObject {
  return {
    sub_iss: issuer,
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr: [...amr] }),
    ...(signedInAt === undefined ? {} : { auth_time: Math.floor(signedInAt / 1_000) }),
  };
}
