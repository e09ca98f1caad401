import type { RedeemAsk } from '#contracts/identity-provider.ts';
import type { Outbound } from '#contracts/outbound.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { ask, objectOf, providerFault } from './answers.ts';
import type { ClientKey } from './client-key.ts';
import type { Metadata } from './metadata.ts';

export interface RedeemParts {
  readonly outbound: Outbound;
  readonly metadata: Metadata;
  readonly clientKey: ClientKey;
  readonly secretOf: (tenant: string, name: string) => string;
  readonly now: number;
}

export interface Redeemed {
  readonly idToken: string;
  readonly accessToken: string | undefined;
}

/** The code for what stands for it, once; the verifier proves that it was us who sent the browser there. */
export async function redeemCode(parts: RedeemParts, asked: RedeemAsk): Promise<Redeemed> {
  const { metadata, outbound } = parts;
  const fields = new URLSearchParams({
    grant_type: 'authorization_code',
    code: asked.code,
    redirect_uri: asked.redirectUri,
    code_verifier: asked.verifier,
  });
  const authorization = prove(parts, asked, fields);
  const answer = await ask(outbound, {
    url: metadata.token_endpoint,
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(authorization === undefined ? {} : { authorization }),
    },
    body: fields.toString(),
  });
  if (answer.status >= 500) throw new BailiwickError('identity/provider-away');
  if (answer.status !== 200) throw refusedCode(answer.status);
  const { id_token: idToken, access_token: accessToken } = objectOf(answer);
  if (typeof idToken !== 'string') throw providerFault('it gave no ID token');
  return { idToken, accessToken: typeof accessToken === 'string' ? accessToken : undefined };
}

/** INVARIANT: what the provider says of a code is not repeated to whoever brought it. */
function refusedCode(status: number): BailiwickError {
  return new BailiwickError('identity/sign-in-denied', {
    message: `the identity provider does not take the code (${status})`,
    suggestedAction: 'begin again; when it stays so, ask the operator to look at client and secret',
  });
}

function prove(
  { metadata, clientKey, secretOf, now }: RedeemParts,
  { tenant, entry }: RedeemAsk,
  fields: URLSearchParams,
): string | undefined {
  const { clientId, client } = entry.oidc;
  if (client.kind === 'key') {
    const audience = metadata.issuer;
    fields.set('client_id', clientId);
    fields.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    fields.set('client_assertion', clientKey.assertion({ clientId, audience, now }));
    return undefined;
  }
  const secret = secretOf(tenant, client.secret);
  const methods = metadata.token_endpoint_auth_methods_supported;
  if (methods.includes('client_secret_basic')) {
    // RFC 6749 §2.3.1: each is written as in a form first.
    const pair = `${formText(clientId)}:${formText(secret)}`;
    return `Basic ${Buffer.from(pair).toString('base64')}`;
  }
  if (!methods.includes('client_secret_post')) {
    throw providerFault('it takes no client secret; use `clientKey`');
  }
  fields.set('client_id', clientId);
  fields.set('client_secret', secret);
  return undefined;
}

function formText(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}
