import { randomBytes } from 'node:crypto';
import { createProof } from '../../sdk/index.ts';
import { signJws } from '../../sdk/key.ts';
import type { TestAgent } from './instance.ts';

export const tokenTypes = {
  access: 'urn:ietf:params:oauth:token-type:access_token',
  id: 'urn:ietf:params:oauth:token-type:id_token',
  handOff: 'urn:dev.bailiwick:token-type:hand-off',
} as const;

export interface TokenAnswer {
  readonly status: number;
  readonly token: string;
  readonly error: string | undefined;
  readonly description: string | undefined;
  readonly scope: string | undefined;
}

/** What the agent's own key says of itself, once. */
export function assertionOf({ key, identity }: TestAgent): string {
  const now = Math.floor(Date.now() / 1_000);
  return signJws(
    key,
    { typ: 'JWT', kid: key.thumbprint },
    {
      iss: identity.instance,
      sub: identity.instance,
      aud: identity.issuer,
      iat: now,
      exp: now + 60,
      jti: randomBytes(16).toString('base64url'),
    },
  );
}

/** Asks the token endpoint, as an unmodified client of OAuth does. */
export async function askToken(
  agent: TestAgent,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<TokenAnswer> {
  const answer = await fetch(`${agent.control}/oauth/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertionOf(agent),
      ...fields,
    }),
  });
  const body = (await answer.json()) as Record<string, string | undefined>;
  return {
    status: answer.status,
    token: body['access_token'] ?? '',
    error: body['error'],
    description: body['error_description'],
    scope: body['scope'],
  };
}

export function exchange(
  agent: TestAgent,
  token: string,
  type: string,
  fields: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<TokenAnswer> {
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: token,
    subject_token_type: type,
    ...fields,
  };
  return askToken(agent, form, headers);
}

/** The agent's own token, by which it acts for nobody. */
export async function ownToken(agent: TestAgent): Promise<string> {
  return (await askToken(agent, { grant_type: 'client_credentials' })).token;
}

/** A fetch that carries this token, with a proof of the agent's key for each request. */
export function fetchWith({ key }: TestAgent, accessToken: string): typeof fetch {
  let nonce: string | undefined;
  return async (input, init = {}) => {
    const url = input instanceof Request ? input.url : input.toString();
    const method = init.method ?? 'GET';
    for (let tries = 0; ; tries += 1) {
      const headers = new Headers(init.headers);
      headers.set('authorization', `DPoP ${accessToken}`);
      headers.set('dpop', createProof({ key, method, url, accessToken, nonce }));
      const answer = await fetch(url, { ...init, headers });
      nonce = answer.headers.get('dpop-nonce') ?? nonce;
      const challenge = answer.headers.get('www-authenticate') ?? '';
      if (tries > 0 || !challenge.includes('use_dpop_nonce')) return answer;
      await answer.body?.cancel();
    }
  };
}
