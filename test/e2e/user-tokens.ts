import { createHash, randomBytes } from 'node:crypto';

/** A client of OAuth without a library, which proves itself by a secret. */
export interface PlainClient {
  readonly control: string;
  readonly id: string;
  readonly secret: string;
  readonly redirectUri: string;
  /** What its user's browser ends at. */
  readonly agree: (authorizationUrl: string, as: string) => Promise<URL>;
}

export interface UserTokens {
  readonly access: string;
  readonly refresh: string;
}

/** The whole dance, for this user. */
export async function userTokens(client: PlainClient, as: string): Promise<UserTokens> {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.id,
    redirect_uri: client.redirectUri,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state: 's',
  });
  const back = await client.agree(`${client.control}/oauth/authorize?${query.toString()}`, as);
  return tokensFor(client, {
    grant_type: 'authorization_code',
    code: back.searchParams.get('code') ?? '',
    code_verifier: verifier,
    redirect_uri: client.redirectUri,
  });
}

/** The next ones: each refresh token serves once. */
export function nextTokens(client: PlainClient, { refresh }: UserTokens): Promise<UserTokens> {
  return tokensFor(client, { grant_type: 'refresh_token', refresh_token: refresh });
}

async function tokensFor(
  { control, id, secret }: PlainClient,
  fields: Readonly<Record<string, string>>,
): Promise<UserTokens> {
  const proof = { client_id: id, client_secret: secret };
  const body = new URLSearchParams({ ...fields, ...proof });
  const answer = await fetch(`${control}/oauth/token`, { method: 'POST', body });
  const told = (await answer.json()) as { access_token?: string; refresh_token?: string };
  if (told.access_token === undefined) throw new Error(`no tokens: ${JSON.stringify(told)}`);
  return { access: told.access_token, refresh: told.refresh_token ?? '' };
}
