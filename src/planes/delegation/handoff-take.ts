import type { Delegation } from '#contracts/delegation-book.ts';
import type { RaisedLabel } from '#contracts/label-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { type Traced, tracedInMessage, untraced } from '#kernel/trace.ts';
import type { ExchangeRoom } from './exchange-room.ts';
import { consentId } from './exchange-consent.ts';
import {
  type ExchangeAsk,
  type Exchanged,
  type ExchangeParts,
  tokenTypes,
} from './exchange-parts.ts';
import type { Trail } from './exchange-trail.ts';
import { checkStands } from './exchange-user.ts';
import { type HandedOn, judgeHandOff } from './handoff-edge.ts';
import { type Origin, originOf } from './handoff-origin.ts';
import {
  type HandOffClaims,
  mayActOf,
  readDetails,
  readHandOff,
  type RequestDetails,
} from './handoff-token.ts';

/**
 * An agent takes over what was handed to it. INVARIANT: whoever wanted it, whoever handed it on and the document
 * are asked again now; the token serves once, for the agent that it names and the instruction that was given.
 */
export async function takeHandOff(
  { parts, turns }: ExchangeRoom,
  ask: ExchangeAsk,
  trail: Trail,
): Promise<Exchanged> {
  const { who } = ask;
  const { tenant, agent } = who;
  if (ask.requestedTokenType === tokenTypes.handOff) {
    throw new BailiwickError('identity/invalid-exchange', {
      message: 'what is handed on is taken over first',
    });
  }
  const claims = readHandOff(parts, ask.subjectToken);
  trail.note({ from: claims.from.agent, fromInstance: claims.from.instance });
  if (claims.tenant !== tenant || claims.may_act.sub !== mayActOf(tenant, agent)) {
    throw new BailiwickError('identity/invalid-hand-off', {
      message: 'the hand-off token is for another agent',
    });
  }
  const details = readDetails(ask.requestDetails);
  trail.note({ instruction: details.digest });
  if (details.digest !== claims.details) {
    throw new BailiwickError('identity/invalid-hand-off', {
      message: 'the instruction is not the one that was handed on',
    });
  }
  return turns.take(`hand-off\n${claims.jti}`, () => take(parts, { ask, claims, details }, trail));
}

interface Taking {
  readonly ask: ExchangeAsk;
  readonly claims: HandOffClaims;
  readonly details: RequestDetails;
}

async function take(parts: ExchangeParts, taking: Taking, trail: Trail): Promise<Exchanged> {
  const { ask, claims } = taking;
  const { tenant, agent: to } = ask.who;
  const { from, dlg: delegation, eff: effects, scope } = claims;
  const origin = await originOf(parts, { tenant, from, delegation, effects }, trail);
  trail.came({ kind: 'agent', name: from.agent, instance: from.instance });
  const on = judgeHandOff(parts, origin, { tenant, to, effects: ask.effects ?? effects, scope });
  await spend(parts, tenant, claims);
  const { id } = await begin(parts, taking, { origin, on });
  const minted = await parts.delegations.issue({ tenant, id, traced: tracedHere(taking) });
  checkStands(parts, tenant, consentId('hand-off', on.entry));
  const { accessToken, tokenType, expiresIn } = minted;
  const issuedTokenType = tokenTypes.access;
  return { accessToken, tokenType, expiresIn, issuedTokenType, effects: on.effects };
}

/** Last, and durable: from here on it is used, whatever comes of it. */
async function spend(
  { book, trust, clock }: ExchangeParts,
  tenant: string,
  { jti, exp }: HandOffClaims,
): Promise<void> {
  const until = exp * 1_000 + limits.clockSkewMs;
  const { issuer } = trust();
  if (await book.useOnce({ tenant, issuer, jti, until, now: clock.now() })) return;
  throw new BailiwickError('identity/invalid-hand-off', {
    message: 'the hand-off token was used before',
  });
}

async function begin(
  parts: ExchangeParts,
  { ask, claims, details }: Taking,
  { origin, on }: { readonly origin: Origin; readonly on: HandedOn },
): Promise<Delegation> {
  const { tenant, agent, instance, thumbprint } = ask.who;
  // INVARIANT: whoever takes over again for the same user knows what it knew: no hand-off sheds labels.
  const user = origin.session?.user;
  const alike = { tenant, agent, client: undefined, user, isNew: false };
  const before = await parts.book.labelsBefore(alike);
  return parts.delegations.begin({
    tenant,
    agent,
    instance,
    thumbprint,
    session: origin.session,
    consent: consentId('hand-off', on.entry),
    client: undefined,
    hops: on.hops,
    parent: origin.delegation?.id,
    root: origin.delegation?.root ?? origin.task,
    // INVARIANT: what a user said was said to the first agent; that it holds for the next one a document says.
    wordsOf: on.entry.words === true ? origin.task : undefined,
    parentUntil: origin.until,
    effects: on.effects,
    scope: on.scope,
    intent: details.instruction,
    // Those of when it was given, those that the work got since, and those of what was handed on before.
    labels: distinct([...claims.labels, ...origin.labels, ...before]),
    isNew: true,
    until: origin.until,
    reason: `${origin.from.agent} handed it on, by the document ${on.entry.name}`,
    traced: tracedHere({ ask, claims }),
  });
}

/** The token knows better than whoever brings it where it comes from. */
function tracedHere({ ask, claims }: Pick<Taking, 'ask' | 'claims'>): Traced {
  return tracedInMessage(claims.trace, ask.traced ?? untraced);
}

function distinct(labels: readonly RaisedLabel[]): readonly RaisedLabel[] {
  return [...new Map(labels.toReversed().map((one) => [one.label, one])).values()];
}
