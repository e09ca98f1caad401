import type { Credential, CredentialSource, ExchangeAskFor } from '#contracts/credential-source.ts';
import type { FormPoster } from '#contracts/form-poster.ts';
import { BailiwickError, isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalText, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import type { AssertionSigner } from './assertion-signer.ts';
import { actorText, exchangeForm, isForUser } from './exchange-form.ts';

export interface ExchangeSourceParts {
  readonly signer: AssertionSigner;
  readonly poster: FormPoster;
  readonly clock: Clock;
}

/**
 * Tokens of authorization servers elsewhere, one for each user, agent and delegation. INVARIANT: a token that
 * does not name the agent where its document demands it is not lent: nobody is impersonated in silence.
 */
export function createExchangeSource(parts: ExchangeSourceParts): CredentialSource<ExchangeAskFor> {
  const { signer, poster, clock } = parts;
  return {
    async lend(ask) {
      const { use, signal } = ask;
      const fields = exchangeForm(ask, signer, clock.now());
      const { tokenEndpoint: url, network } = use;
      const answer = await poster.post({ url, network, fields, signal }).catch(notAsked);
      return isRefusal(answer) ? answer : read(ask, answer.status, jsonIn(answer.body));
    },
  };
}

/** What makes a token another one; whoever has another delegation has another token. */
export function exchangeKey({ tenant, use, principal }: ExchangeAskFor): string {
  const { mode, tokenEndpoint, clientId, audience, resource, scope, namesActor, network } = use;
  const { agent, instance, user, delegation } = principal;
  return canonicalText([
    tenant,
    mode,
    tokenEndpoint,
    clientId,
    namesActor,
    network.loopback,
    [...network.hosts],
    audience ?? null,
    resource ?? null,
    scope ?? null,
    agent,
    instance,
    user?.issuer ?? null,
    user?.subject ?? null,
    delegation?.id ?? null,
  ]);
}

function read(ask: ExchangeAskFor, status: number, answer: Json | undefined): Credential | Refusal {
  if (status >= 500 || status === 429) return refusal('credentials/unavailable', { retryAfter: 1 });
  if (status !== 200 || !isJsonObject(answer)) return refused({ status, error: errorIn(answer) });
  const { access_token: value, token_type: type, expires_in: seconds } = answer;
  if (typeof value !== 'string' || value === '' || !isBearer(type)) {
    return refused({ status, error: 'the answer holds no bearer token' });
  }
  if (isForUser(ask) && ask.use.namesActor && actorIn(value) !== actorText(ask.principal)) {
    return refused({ status, error: 'the token does not name the agent as its actor' });
  }
  return { value, reusableMs: reusableMs(seconds) };
}

/** Whoever reads the record learns that its address may not be asked, rather than that nobody was there. */
function notAsked(fault: unknown): Refusal {
  if (!(fault instanceof BailiwickError) || fault.code !== 'outbound/refused') throw fault;
  return refused({ error: fault.message });
}

function refused(recorded: JsonObject): Refusal {
  return refusal('credentials/exchange-refused', { recorded });
}

function errorIn(answer: Json | undefined): string {
  const error = isJsonObject(answer) ? answer['error'] : undefined;
  return typeof error === 'string' && /^[\x20-\x7e]{1,64}$/.test(error) ? error : 'no error code';
}

function isBearer(type: Json | undefined): boolean {
  return typeof type === 'string' && type.toLowerCase() === 'bearer';
}

/** Of its own server's token, which nobody but that server judges: it is only looked at. */
function actorIn(token: string): string | undefined {
  const [, payload = ''] = token.split('.');
  const claims = jsonIn(Buffer.from(payload, 'base64url'));
  const act = isJsonObject(claims) ? claims['act'] : undefined;
  const sub = isJsonObject(act) ? act['sub'] : undefined;
  return typeof sub === 'string' ? sub : undefined;
}

/** Until shortly before it expires; what says nothing of that is used once. */
const marginMs = 30_000;

function reusableMs(seconds: Json | undefined): number {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return 0;
  return Math.max(0, Math.min(seconds * 1_000 - marginMs, limits.exchangedTokenMs));
}

function jsonIn(bytes: Uint8Array): Json | undefined {
  try {
    return parseJson(bytes);
  } catch {
    return undefined;
  }
}
