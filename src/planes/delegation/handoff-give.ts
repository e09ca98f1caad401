import type { OwnAccess } from '#contracts/own-tokens.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newCapability } from '#kernel/ids.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { isoTime } from '#kernel/time.ts';
import type { Traced } from '#kernel/trace.ts';
import { consentId } from './exchange-consent.ts';
import {
  checkNotWithdrawn,
  type ExchangeAsk,
  type Exchanged,
  type ExchangeParts,
  tokenTypes,
  tracedWith,
} from './exchange-parts.ts';
import type { Trail } from './exchange-trail.ts';
import { type HandedOn, judgeHandOff } from './handoff-edge.ts';
import { type Origin, originOf } from './handoff-origin.ts';
import { agentIn, handOffTrace, handOffType, mayActOf, readDetails } from './handoff-token.ts';

/**
 * An agent asks to hand its work on. What it gets, no gateway takes: only the agent that is named in it can
 * exchange it, by its own key, once, and soon.
 */
export async function giveHandOff(
  parts: ExchangeParts,
  ask: ExchangeAsk,
  trail: Trail,
): Promise<Exchanged> {
  const { who } = ask;
  const { tenant } = who;
  const to = agentIn(ask.targets);
  trail.note({ to });
  const own = ownTokenOf(parts, ask);
  await checkNotWithdrawn(parts, own);
  const { digest } = readDetails(ask.requestDetails);
  trail.note({ instruction: digest });
  const from = { agent: who.agent, instance: who.instance };
  const delegation = own.delegated?.id;
  const effects = own.delegated?.effects;
  const origin = await originOf(parts, { tenant, from, delegation, effects }, trail);
  const on = judgeHandOff(parts, origin, { tenant, to, effects: ask.effects, scope: ask.scope });
  const traced = tracedWith(ask, own);
  return give(parts, { ask, to, origin, on, digest, traced }, trail);
}

/** INVARIANT: the token that is handed on of is the asker's own; somebody else's hands nothing on. */
function ownTokenOf({ own, clock }: ExchangeParts, { subjectToken, who }: ExchangeAsk): OwnAccess {
  const token = own.readAccess(subjectToken, clock.now());
  const isOwn = token?.tenant === who.tenant && token.instance === who.instance;
  if (token !== undefined && isOwn && token.agent === who.agent) return token;
  throw new BailiwickError('identity/invalid-subject-token', {
    message: 'an agent hands on by its own access token',
  });
}

interface Giving {
  readonly ask: ExchangeAsk;
  readonly to: string;
  readonly origin: Origin;
  readonly on: HandedOn;
  readonly digest: string;
  readonly traced: Traced;
}

async function give(parts: ExchangeParts, giving: Giving, trail: Trail): Promise<Exchanged> {
  const { ask, to, on, digest, origin, traced } = giving;
  const { tenant } = ask.who;
  const iat = Math.floor(parts.clock.now() / 1_000);
  const exp = iat + limits.handOffTokenMs / 1_000;
  const jti = newCapability();
  const token = sha256Hex(jti);
  const trace = handOffTrace(traced, token);
  await parts.recorder.record({
    type: 'token.issued',
    tenant,
    actors: trail.actors,
    task: origin.task,
    details: {
      kind: 'hand-off',
      to,
      instruction: digest,
      effects: [...on.effects],
      consent: consentId('hand-off', on.entry),
      ...(origin.delegation === undefined ? {} : { delegation: origin.delegation.id }),
      labels: origin.labels.map(({ label }) => label),
      token,
      expiresAt: isoTime(exp * 1_000),
    },
    ...trace.record,
  });
  const accessToken = parts.own.state(handOffType, {
    ...claimsOf(giving),
    jti,
    iat,
    exp,
    trace: trace.claim,
  });
  const expiresIn = exp - iat;
  const issuedTokenType = tokenTypes.handOff;
  return { accessToken, issuedTokenType, tokenType: 'N_A', expiresIn, effects: on.effects };
}

function claimsOf({ ask, to, origin, on, digest }: Giving): JsonObject {
  const { tenant } = ask.who;
  const { session, hops, from, delegation, task, labels } = origin;
  const text = ({ agent, instance }: typeof from) => `${mayActOf(tenant, agent)}/${instance}`;
  const act = [...hops, from].reduce<JsonObject>(
    (inner, hop) => ({
      sub: text(hop),
      ...(Object.keys(inner).length === 0 ? {} : { act: inner }),
    }),
    {},
  );
  return {
    tenant,
    act,
    task,
    details: digest,
    sub: session?.user.subject ?? text(from),
    may_act: { sub: mayActOf(tenant, to) },
    from: { ...from },
    ...(delegation === undefined ? {} : { dlg: delegation.id }),
    eff: [...on.effects],
    ...(ask.scope === undefined ? {} : { scope: ask.scope }),
    labels: labels.map((label) => ({ ...label })),
  };
}
