import type { Delegation } from '#contracts/delegation-book.ts';
import type { OwnAccess } from '#contracts/own-tokens.ts';
import { narrowScopes } from '#contracts/rights.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { EffectClass } from '#kernel/tool.ts';
import { narrowed } from './exchange-consent.ts';
import {
  type ExchangeAsk,
  type Exchanged,
  type ExchangeParts,
  tokenTypes,
  tracedWith,
} from './exchange-parts.ts';
import type { Trail } from './exchange-trail.ts';
import { type Origin, originOf } from './handoff-origin.ts';

/**
 * A token of ours that its own agent brings back to have less of it: fewer effects, or a task inside the task.
 * INVARIANT: it ends with what it was made of, and carries its labels.
 */
export async function exchangeOwn(
  parts: ExchangeParts,
  ask: ExchangeAsk & { readonly own: OwnAccess },
  trail: Trail,
): Promise<Exchanged> {
  const { who, own } = ask;
  const { tenant } = who;
  const delegated = delegatedOf(ask);
  const from = { agent: own.agent, instance: own.instance };
  const { id: delegation, effects: had } = delegated;
  const origin = await originOf(parts, { tenant, from, delegation, effects: had }, trail);
  const effects = narrowed(origin.effects, ask.effects);
  if (effects.length === 0) throw new BailiwickError('identity/not-consented');
  const traced = tracedWith(ask, own);
  const isInside = ask.scope !== undefined || ask.intent !== undefined;
  const { id } = isInside
    ? await beginInside(parts, { ...ask, traced }, { origin, effects })
    : delegated;
  const minted = await parts.delegations.issue({ tenant, id, effects, traced });
  const { accessToken, tokenType, expiresIn } = minted;
  return { accessToken, tokenType, expiresIn, issuedTokenType: tokenTypes.access, effects };
}

/** INVARIANT: nobody brings somebody else's token, and an agent's own says for nobody. */
function delegatedOf({ who, own }: ExchangeAsk & { readonly own: OwnAccess }) {
  const isOwn = own.tenant === who.tenant && own.instance === who.instance;
  if (isOwn && own.agent === who.agent && own.delegated !== undefined) return own.delegated;
  throw new BailiwickError('identity/invalid-subject-token', {
    message: isOwn
      ? 'a token of the agent itself says for nobody: bring one of a user'
      : 'this token is of another agent: have it hand on what it has',
  });
}

async function beginInside(
  parts: ExchangeParts,
  ask: ExchangeAsk,
  of: { readonly origin: Origin; readonly effects: readonly EffectClass[] },
): Promise<Delegation> {
  const { delegation, session, hops, scope, labels, until } = of.origin;
  if (delegation === undefined) throw new BailiwickError('identity/delegation-ended');
  const { tenant, agent, instance, thumbprint } = ask.who;
  const asked = ask.scope === undefined ? undefined : parts.readScope(ask.scope);
  const { consent, client, id: parent, task, root = task } = delegation;
  return parts.delegations.begin({
    tenant,
    session,
    consent,
    client,
    agent,
    instance,
    hops,
    parent,
    root,
    // The same agent, for the same user: what was said to it still holds.
    wordsOf: task,
    labels,
    thumbprint,
    until,
    parentUntil: until,
    effects: of.effects,
    scope: narrowScopes(scope, asked),
    intent: ask.intent,
    isNew: true,
    reason: `${agent} narrowed what it has`,
    traced: ask.traced,
  });
}
