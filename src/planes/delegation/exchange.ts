import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import {
  checkNotWithdrawn,
  type ExchangeAsk,
  type Exchanged,
  type ExchangeParts,
  tokenTypes,
} from './exchange-parts.ts';
import type { ExchangeRoom } from './exchange-room.ts';
import { agentActor, onRecord, Trail } from './exchange-trail.ts';
import { exchangeOwn } from './exchange-own.ts';
import { exchangeUser } from './exchange-user.ts';
import { giveHandOff } from './handoff-give.ts';
import { takeHandOff } from './handoff-take.ts';

export interface TokenExchange {
  /** RFC 8693. On record before it is told, whatever it is. */
  exchange(ask: ExchangeAsk): Promise<Exchanged>;
}

/**
 * The server's half of token exchange: an agent that proved its key brings a token, and gets one that says for
 * whom it acts. INVARIANT: what it gets is never more than what it brought.
 */
export function createTokenExchange(room: ExchangeRoom): TokenExchange {
  return {
    exchange(ask) {
      const { tenant, instance } = ask.who;
      const trail = new Trail(agentActor(ask.who));
      const of = { tenant, source: `exchange ${instance}`, trail };
      return onRecord(room.parts.clients, of, async () => {
        trail.note({ exchange: kindOf(ask), subjectTokenType: ask.subjectTokenType.slice(0, 100) });
        checkAsk(room.parts, ask);
        return route(room, ask, trail);
      });
    },
  };
}

function kindOf({ requestedTokenType, subjectTokenType }: ExchangeAsk): string {
  if (requestedTokenType === tokenTypes.handOff) return 'hand-off';
  return subjectTokenType === tokenTypes.handOff ? 'taken over' : 'token';
}

async function route(room: ExchangeRoom, ask: ExchangeAsk, trail: Trail): Promise<Exchanged> {
  const { parts } = room;
  if (ask.subjectTokenType === tokenTypes.handOff) return takeHandOff(room, ask, trail);
  if (ask.requestedTokenType === tokenTypes.handOff) return giveHandOff(parts, ask, trail);
  checkTargets(ask);
  const own = parts.own.readAccess(ask.subjectToken, parts.clock.now());
  if (own !== undefined) await checkNotWithdrawn(parts, own);
  return own === undefined
    ? exchangeUser(room, ask, trail)
    : exchangeOwn(parts, { ...ask, own }, trail);
}

const subjectTypes: readonly string[] = Object.values(tokenTypes);
const answerTypes: readonly (string | undefined)[] = [
  undefined,
  tokenTypes.access,
  tokenTypes.jwt,
  tokenTypes.handOff,
];

function checkAsk(parts: ExchangeParts, ask: ExchangeAsk): void {
  if (!subjectTypes.includes(ask.subjectTokenType)) throw unserved('`subject_token_type`');
  if (!answerTypes.includes(ask.requestedTokenType)) throw unserved('`requested_token_type`');
  if (Buffer.byteLength(ask.subjectToken) > limits.subjectTokenBytes) {
    throw new BailiwickError('identity/invalid-subject-token', {
      message: 'the token is too long',
    });
  }
  if (Buffer.byteLength(ask.intent ?? '') > limits.intentBytes) {
    throw new BailiwickError('identity/invalid-exchange', { message: 'the intent is too long' });
  }
  checkActor(parts, ask);
}

function unserved(what: string): BailiwickError {
  return new BailiwickError('identity/invalid-exchange', { message: `this ${what} is not served` });
}

/** INVARIANT: whoever asks is the actor, and nobody else: it says so of itself, or nothing. */
function checkActor({ own, clock }: ExchangeParts, ask: ExchangeAsk): void {
  const { actorToken, actorTokenType, who } = ask;
  if ((actorToken === undefined) !== (actorTokenType === undefined)) {
    throw new BailiwickError('identity/invalid-exchange', {
      message: '`actor_token` and `actor_token_type` stand together or not at all',
    });
  }
  if (actorToken === undefined) return;
  const actor = own.readAccess(actorToken, clock.now());
  const isSame = actor?.tenant === who.tenant && actor.instance === who.instance;
  if (isSame && actor.delegated === undefined) return;
  throw new BailiwickError('identity/invalid-exchange', {
    message: 'the actor token is not one of the agent that asks',
  });
}

function checkTargets({ targets, isOurs }: ExchangeAsk): void {
  if (targets.every(isOurs)) return;
  throw new BailiwickError('oauth/invalid-target', {
    message: 'tokens are made for the gateways of this server, and for nobody else',
  });
}
