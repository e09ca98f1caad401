import type { CarriedOpener, CarriedToken } from '#contracts/carried-token.ts';
import type { ExchangeAskFor } from '#contracts/credential-source.ts';
import { isRefusal, type Refusal } from '#kernel/errors.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import { carriedModes } from '#kernel/snapshot.ts';
import { assertionForm, carriedForm, idJagType } from './carried-form.ts';
import { claimsIn, type ExchangeAnswer, refused, tokenIn } from './exchange-answer.ts';
import { clientForm, type Form, type State } from './exchange-form.ts';

export interface CarriedParts {
  readonly carried: CarriedOpener;
  /** One form to one place, as whoever we are there. */
  readonly post: (url: string, fields: Form) => Promise<ExchangeAnswer | Refusal>;
  readonly stated: (audience: string) => State;
  readonly secret: string | undefined;
}

/** Whoever acts for nobody may have the machine account, where the document gives it a scope. */
export function isByCarried({
  use,
  principal,
}: Pick<ExchangeAskFor, 'use' | 'principal'>): boolean {
  const isMachine = principal.user === undefined && use.machineScope !== undefined;
  return !isMachine && carriedModes.some((mode) => mode === use.mode);
}

/** INVARIANT: whoever acts for nobody, and whose user's token does not go along, gets nothing by it. */
export async function askByCarried(
  ask: ExchangeAskFor,
  parts: CarriedParts,
): Promise<ExchangeAnswer | Refusal> {
  const token = carriedBy(ask, parts.carried);
  if (isRefusal(token)) return token;
  const { use } = ask;
  if (use.mode === 'id-jag-exchange') return askTwice(ask, token, parts);
  const client = clientForm(use.clientId, parts.stated(use.issuer), parts.secret);
  return parts.post(use.tokenEndpoint, { ...client, ...carriedForm(use, token) });
}

function carriedBy(
  { tenant, principal }: ExchangeAskFor,
  opener: CarriedOpener,
): CarriedToken | Refusal {
  const { user, delegation, instance } = principal;
  if (user === undefined || delegation?.carried === undefined) {
    return refused({ error: 'no token of a user goes along with this call' });
  }
  const { issuer, subject } = user;
  const token = opener.open({ tenant, instance, issuer, subject }, delegation.carried);
  return token ?? refused({ error: 'what goes along is of somebody else' });
}

/** Identity assertion: the provider makes it for the server's own authorization server, which takes it. */
async function askTwice(
  { use }: ExchangeAskFor,
  token: CarriedToken,
  parts: CarriedParts,
): Promise<ExchangeAnswer | Refusal> {
  const { provider } = use;
  if (provider === undefined) return refused({ error: 'no provider is named' });
  const there = clientForm(provider.clientId, parts.stated(provider.issuer), parts.secret);
  const first = await parts.post(provider.tokenEndpoint, { ...there, ...carriedForm(use, token) });
  if (isRefusal(first)) return first;
  const assertion = tokenIn(first, 'n_a');
  if (isRefusal(assertion)) return assertion;
  const { body } = first;
  const isNamed = isJsonObject(body) && body['issued_token_type'] === idJagType;
  const claims = claimsIn(assertion);
  // Looked at, not judged: what was made for another server or client is not shown to this one.
  if (!isNamed || claims['aud'] !== use.issuer || claims['client_id'] !== use.clientId) {
    return refused({ error: 'the assertion is not for this server and client' });
  }
  const here = clientForm(use.clientId, parts.stated(use.issuer), undefined);
  return parts.post(use.tokenEndpoint, { ...here, ...assertionForm(assertion, use) });
}
