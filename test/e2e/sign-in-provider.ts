import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Provider } from 'oidc-provider';

/** A certified OpenID provider, over plain HTTP on this machine. */
export interface RealProvider {
  readonly issuer: string;
  /** Until it is there again, nothing answers at its address. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** From now on it signs by another key, and publishes no other. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

/** Of everybody: which name, groups and how they prove themselves. */
export const people: Readonly<Record<string, Record<string, unknown>>> = {
  ann: {
    preferred_username: 'ann',
    groups: ['ops', 'finance'],
    device: 'managed',
    amr: ['pwd', 'mfa'],
  },
  bob: { preferred_username: 'bob', groups: [] },
};

export async function startProvider(client: {
  readonly redirectUri: string;
  readonly logoutUri: string;
}): Promise<RealProvider> {
  const server = createServer();
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  let handler = await handlerOf(issuer, client, await newKey());
  let current = server;
  const answer: RequestListener = (request, response) => {
    handler(request, response);
  };
  server.on('request', answer);
  return {
    issuer,
    async pause() {
      current.closeAllConnections();
      await new Promise<void>((resolve) => current.close(() => resolve()));
    },
    async resume() {
      current = createServer(answer);
      await listen(current, port);
    },
    async rotate() {
      handler = await handlerOf(issuer, client, await newKey());
    },
    async close() {
      current.closeAllConnections();
      await new Promise<void>((resolve) => current.close(() => resolve()));
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
}

let keys = 0;

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  keys += 1;
  return { ...(await exportJWK(privateKey)), kid: `key-${keys}`, use: 'sig', alg: 'RS256' };
}

async function handlerOf(
  issuer: string,
  client: { readonly redirectUri: string; readonly logoutUri: string },
  key: JWK,
) {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'bailiwick',
        client_secret: 'a secret of this client',
        redirect_uris: [client.redirectUri],
        post_logout_redirect_uris: [client.redirectUri.replace('/callback', '')],
        backchannel_logout_uri: client.logoutUri,
        backchannel_logout_session_required: true,
      },
    ],
    jwks: { keys: [key] },
    claims: { openid: ['sub', 'groups', 'device', 'amr'], profile: ['preferred_username'] },
    // Claims of scopes come in the ID token, as the providers of firms do it.
    conformIdTokenClaims: false,
    acrValues: ['mfa'],
    features: {
      devInteractions: { enabled: true },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    findAccount: (_ctx: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, ...people[id] }),
    }),
    cookies: { keys: ['a key of the test'] },
    // Its own keeps it from this machine, where we are.
    fetch: (input: string | URL, { method, headers, body, redirect, signal }: RequestInit) => {
      const plain = { method, headers, body, redirect, signal };
      return fetch(input, plain as RequestInit);
    },
  });
  provider.on('backchannel.error', (_ctx: unknown, fault: unknown) =>
    console.error('provider', fault),
  );
  provider.on('server_error', (_ctx: unknown, fault: unknown) => console.error('provider', fault));
  const serve = provider.callback();
  const answer: RequestListener = (request, response) => {
    const isLogin = request.method === 'POST' && (request.url ?? '').startsWith('/interaction/');
    if (!isLogin) {
      serve(request, response);
      return;
    }
    void bodyOf(request).then((fields) => {
      if (fields.get('prompt') !== 'login') {
        Object.assign(request, { body: Object.fromEntries(fields) });
        serve(request, response);
        return undefined;
      }
      // As its own page does, and how they proved themselves beside.
      const accountId = fields.get('login') ?? '';
      const proven = people[accountId]?.['amr'];
      const login = { accountId, ...(proven === undefined ? {} : { amr: proven }) };
      return provider.interactionFinished(request, response, { login });
    });
  };
  return answer;
}

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

/** A browser with a cookie jar for each host, which follows redirects and fills in the forms of the provider. */
export class ScriptedBrowser {
  readonly #jars = new Map<string, Map<string, string>>();

  jar(place: string | URL): Map<string, string> {
    const { hostname } = new URL(place);
    const jar = this.#jars.get(hostname) ?? new Map<string, string>();
    this.#jars.set(hostname, jar);
    return jar;
  }

  async ask(place: string | URL, how: RequestInit = {}): Promise<Response> {
    const jar = this.jar(place);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(place, {
      redirect: 'manual',
      ...how,
      headers: { ...(cookie === '' ? {} : { cookie }), ...(how.headers as Record<string, string>) },
    });
    for (const set of answer.headers.getSetCookie()) {
      const pair = set.split(';', 1)[0] ?? '';
      const at = pair.indexOf('=');
      const isGone = /max-age=0|expires=Thu, 01 Jan 1970/i.test(set);
      if (isGone) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  }

  /** As whoever it is told, until it stands at a place of ours; answers that place and what it says. */
  async follow(
    place: string,
    as: string,
    until: (place: URL) => boolean,
  ): Promise<{ place: URL; answer: Response }> {
    let at = new URL(place);
    let answer = await this.ask(at);
    for (let steps = 0; steps < 20; steps += 1) {
      const location = answer.headers.get('location');
      if (location === null) {
        if (answer.status !== 200 || until(at)) return { place: at, answer };
        const text = await answer.text();
        const action = /action="([^"]+)"/.exec(text)?.[1];
        if (action === undefined) throw new Error(`no form at ${at.href}: ${text.slice(0, 300)}`);
        const prompt = /name="prompt" value="([^"]+)"/.exec(text)?.[1] ?? '';
        const fields = new URLSearchParams({ prompt });
        if (prompt === 'login') fields.set('login', as);
        at = new URL(action, at);
        answer = await this.ask(at, { method: 'POST', body: fields });
        continue;
      }
      at = new URL(location, at);
      if (until(at)) return { place: at, answer };
      answer = await this.ask(at);
    }
    throw new Error(`too many steps; at ${at.href}`);
  }
}
