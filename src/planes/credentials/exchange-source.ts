import type { CarriedOpener } from '#contracts/carried-token.ts';
import type { Credential, CredentialSource, ExchangeAskFor } from '#contracts/credential-source.ts';
import type { FormPoster } from '#contracts/form-poster.ts';
import { BailiwickError, isRefusal, type Refusal } from '#kernel/errors.ts';
import { canonicalText, isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { SealedSecret } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import type { AssertionSigner } from './assertion-signer.ts';
import { askByCarried, isByCarried } from './carried-source.ts';
import { claimsIn, type ExchangeAnswer, jsonIn, refused, tokenIn } from './exchange-answer.ts';
import { actorText, exchangeForm, type Form, isForUser, statedBy } from './exchange-form.ts';

export interface ExchangeSourceParts {
  readonly signer: AssertionSigner;
  readonly poster: FormPoster;
  readonly clock: Clock;
  /** Users' own tokens, where documents let them go along; without it none does. */
  readonly carried?: CarriedOpener;
  /** Secrets of clients that documents name; without it there are none. */
  readonly openSecret?: (tenant: string, secret: SealedSecret) => string;
}

/**
 * Tokens of authorization servers elsewhere, one for each user, agent and delegation. INVARIANT: a token that
 * does not name the agent where its document demands it is not lent: nobody is impersonated in silence.
 */
export function createExchangeSource(parts: ExchangeSourceParts): CredentialSource<ExchangeAskFor> {
  return {
    async lend(ask) {
      const answer = await asked(parts, ask);
      return isRefusal(answer) ? answer : read(ask, answer);
    },
  };
}

async function asked(
  parts: ExchangeSourceParts,
  ask: ExchangeAskFor,
): Promise<ExchangeAnswer | Refusal> {
  const { signer, clock, carried = nothingCarried, openSecret = noSecret } = parts;
  const { use, tenant, clientSecret } = ask;
  const secret = clientSecret === undefined ? undefined : openSecret(tenant, clientSecret);
  const post = (url: string, fields: Form) => send(parts.poster, ask, url, fields);
  if (!isByCarried(ask)) {
    return post(use.tokenEndpoint, exchangeForm(ask, signer, clock.now(), secret));
  }
  const stated = (audience: string) => statedBy(signer, audience, clock.now());
  return askByCarried(ask, { carried, post, stated, secret });
}

async function send(
  poster: FormPoster,
  { use: { network }, signal }: ExchangeAskFor,
  url: string,
  fields: Form,
): Promise<ExchangeAnswer | Refusal> {
  const answer = await poster.post({ url, network, fields, signal }).catch(notAsked);
  return isRefusal(answer) ? answer : { status: answer.status, body: jsonIn(answer.body) };
}

const nothingCarried: CarriedOpener = { open: () => undefined };

function noSecret(): never {
  throw new BailiwickError('credentials/unknown-secret');
}

/** What makes a token another one; whoever has another delegation has another token. */
export function exchangeKey({ tenant, use, clientSecret, principal }: ExchangeAskFor): string {
  const { agent, instance, user, delegation } = principal;
  return canonicalText([
    tenant,
    // Plain data of a document: there is nothing in it that JSON has not.
    use as unknown as JsonObject,
    clientSecret?.version ?? null,
    agent,
    instance,
    user?.issuer ?? null,
    user?.subject ?? null,
    delegation?.id ?? null,
  ]);
}

function read(ask: ExchangeAskFor, answer: ExchangeAnswer): Credential | Refusal {
  const value = tokenIn(answer);
  if (isRefusal(value)) return value;
  const mustName = isForUser(ask) && ask.use.namesActor;
  if (mustName && actorIn(value) !== actorText(ask.principal)) {
    return refused({
      status: answer.status,
      error: 'the token does not name the agent as its actor',
    });
  }
  const { body } = answer;
  return { value, reusableMs: reusableMs(isJsonObject(body) ? body['expires_in'] : undefined) };
}

/** Whoever reads the record learns that its address may not be asked, rather than that nobody was there. */
function notAsked(fault: unknown): Refusal {
  if (!(fault instanceof BailiwickError) || fault.code !== 'outbound/refused') throw fault;
  return refused({ error: fault.message });
}

function actorIn(token: string): string | undefined {
  const { act } = claimsIn(token);
  const sub = isJsonObject(act) ? act['sub'] : undefined;
  return typeof sub === 'string' ? sub : undefined;
}

/** Until shortly before it expires; what says nothing of that is used once. */
const marginMs = 30_000;

function reusableMs(seconds: Json | undefined): number {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return 0;
  return Math.max(0, Math.min(seconds * 1_000 - marginMs, limits.exchangedTokenMs));
}
