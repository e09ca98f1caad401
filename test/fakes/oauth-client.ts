import { newPkce, type OAuthWorld, redirectUri, resource, secret } from './oauth-world.ts';

interface Browsed extends Omit<RequestInit, 'headers'> {
  readonly cookie?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

type Fields = Readonly<Record<string, string | undefined>>;

export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A browser and a client, as far as the flow needs them, that can do each step wrong. */
export function createOAuthClient(world: OAuthWorld) {
  const pkce = newPkce();
  const asked = {
    response_type: 'code',
    client_id: 'app',
    redirect_uri: redirectUri,
    state: 'st&te=1',
    code_challenge: pkce.challenge,
    code_challenge_method: 'S256',
    resource,
  };
  const browse = (path: string, how: Browsed = {}) => {
    const { cookie = world.cookie, ...init } = how;
    const url = new URL(path, world.url);
    return fetch(url, {
      redirect: 'manual',
      ...init,
      headers: { ...(cookie === '' ? {} : { cookie }), ...init.headers },
    });
  };
  const authorize = async (over: Fields = {}, cookie?: string) => {
    const answer = await browse(
      `/oauth/authorize?${query({ ...asked, ...over })}`,
      cookie === undefined ? {} : { cookie },
    );
    return { answer, location: answer.headers.get('location') ?? '' };
  };
  const page = async (location: string, cookie?: string) => {
    const answer = await browse(location, cookie === undefined ? {} : { cookie });
    const text = await answer.text();
    const [, token = ''] = /name="token" value="([^"]+)"/.exec(text) ?? [];
    return { answer, text, token };
  };
  const decide = async (
    location: string,
    fields: Fields,
    headers: Fields = {},
    cookie?: string,
  ) => {
    const answer = await browse(location, {
      method: 'POST',
      headers: { origin: world.url, ...plain(headers) },
      body: new URLSearchParams(plain(fields)),
      ...(cookie === undefined ? {} : { cookie }),
    });
    return { answer, location: answer.headers.get('location') ?? '' };
  };
  const yes = { decision: 'allow', duration: '3600000', 'effect-read': 'on', 'effect-write': 'on' };
  return {
    pkce,
    asked,
    browse,
    authorize,
    page,
    decide,
    yes,
    /** All that a user does to say yes; where it leads. */
    async agree(over: Fields = {}, fields: Fields = {}): Promise<URL> {
      const { location } = await authorize(over);
      const { answer, token } = await page(location);
      // Nobody is asked who has agreed before.
      if (answer.status === 303) return new URL(answer.headers.get('location') ?? '');
      return new URL((await decide(location, { token, ...yes, ...fields })).location);
    },
    token: (over: Fields, headers: Fields = {}): Promise<Told> =>
      post(world, '/oauth/token', over, headers),
    /** Fetches what a code is worth. */
    fetchWith: (code: string | null, over: Fields = {}, headers: Fields = {}): Promise<Told> =>
      post(
        world,
        '/oauth/token',
        {
          grant_type: 'authorization_code',
          code: code ?? '',
          redirect_uri: redirectUri,
          code_verifier: pkce.verifier,
          resource,
          client_id: 'app',
          client_secret: secret,
          ...over,
        },
        headers,
      ),
    refresh: (refreshToken: unknown, over: Fields = {}, headers: Fields = {}): Promise<Told> =>
      post(
        world,
        '/oauth/token',
        {
          grant_type: 'refresh_token',
          refresh_token: String(refreshToken),
          client_id: 'app',
          client_secret: secret,
          ...over,
        },
        headers,
      ),
    post: (path: string, over: Fields): Promise<Told> => post(world, path, over, {}),
    register: (metadata: unknown): Promise<Told> =>
      told(
        fetch(`${world.url}/oauth/register`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(metadata),
        }),
      ),
  };
}

export type OAuthClient = ReturnType<typeof createOAuthClient>;

function query(fields: Fields): string {
  return new URLSearchParams(plain(fields)).toString();
}

function plain(fields: Fields): Record<string, string> {
  const left = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(left) as Record<string, string>;
}

function post(world: OAuthWorld, path: string, fields: Fields, headers: Fields): Promise<Told> {
  const body = new URLSearchParams(plain(fields));
  return told(fetch(`${world.url}${path}`, { method: 'POST', headers: plain(headers), body }));
}

async function told(asked: Promise<Response>): Promise<Told> {
  const answer = await asked;
  const body = (await answer.json()) as Told['body'];
  return { status: answer.status, headers: answer.headers, body };
}
