import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RealProvider, ScriptedBrowser, startProvider } from './sign-in-provider.ts';
import { type RunningWorld, startWorld } from './world.ts';

type Json = Readonly<Record<string, unknown>>;

/** How a client is known to us: three ways, and no word of its own counts in any of them. */
export type KnownAs = 'dynamic' | 'registered' | 'described';

export interface OAuthClientsWorld {
  readonly world: RunningWorld;
  /** Control by the name that the gateway tells clients. */
  readonly control: string;
  readonly clients: Readonly<Record<Exclude<KnownAs, 'dynamic'>, string>>;
  /** What somebody's browser ends at who is sent there, signs in and agrees. */
  agree(authorizationUrl: string, as: string): Promise<URL>;
  /** The consent page that somebody stands before, without an answer yet. */
  consentPage(browser: ScriptedBrowser, authorizationUrl: string, as: string): Promise<ConsentForm>;
  ask(method: 'GET' | 'POST', path: string, body?: Json): Promise<Json>;
  /** Records reach the signed log a moment after the answer. */
  recordOf(id: string): Promise<Json>;
  close(): Promise<void>;
}

export interface ConsentForm {
  readonly place: URL;
  readonly text: string;
}

export const registeredSecret = 'a secret that only this client has';

/** Nobody listens there: the browser of the test stops where it is sent. */
export const callback = 'http://127.0.0.1:49152/callback';

const estate = (described: string) => `
---
kind: Agent
name: coder
spec: { owner: ada@example.com, purpose: writes code, manifest: work, rate: { perMinute: 6000, burst: 1000 }, unbound: { effects: [read, write] } }
---
kind: Entitlement
name: signed-in
spec: { everyone: true, tools: [ { tool: fake/echo }, { tool: fake/note } ] }
---
kind: Client
name: desktop
spec: { agent: coder, effects: [read, write], identity: { dynamic: { redirectUris: [loopback], perHour: 100 } } }
---
kind: Client
name: known
spec: { agent: coder, effects: [read, write], identity: { id: known, redirectUris: ['${callback}'], secretSha256: ${createHash('sha256').update(registeredSecret).digest('hex')} } }
---
kind: Client
name: described
spec: { agent: coder, effects: [read, write], identity: { metadata: '${described}' } }
`;

/** `people`: where they come, when that is not the listener itself. */
export async function startOAuthClientsWorld(
  options: { readonly people?: string; readonly args?: readonly string[] } = {},
): Promise<OAuthClientsWorld> {
  const described = await serveDescription();
  const world = await startWorld(estate(described.url), {
    args: ['--gateways', '2', ...(options.args ?? [])],
  });
  const control = options.people ?? world.instance.console.replace('127.0.0.1', 'localhost');
  const provider = await startProvider({
    redirectUri: `${control}/sign-in/callback`,
    logoutUri: `${control}/sign-in/backchannel-logout`,
  });
  const { admin } = world.instance;
  const ask = async (method: 'GET' | 'POST', path: string, body?: Json) =>
    (await admin.request(method, path, body)) as Json;
  await admin.request('PUT', '/v1/secrets/corp-client', { value: 'a secret of this client' });
  await ask('POST', '/v1/documents', identityProvider(provider));
  const consentPage = standBefore(control);
  return {
    world,
    control,
    clients: { registered: 'known', described: described.url },
    consentPage,
    ask,
    agree: agreeAt(control, consentPage),
    async recordOf(id) {
      const look = () => ask('GET', `/v1/records/${id}`).catch(() => undefined);
      let found = await look();
      for (let tries = 0; tries < 1_000 && found === undefined; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        found = await look();
      }
      return found?.['record'] as Json;
    },
    async close() {
      await world.close();
      await provider.close();
      await closed(described.server);
    },
  };
}

/** As somebody does it who signs in there and agrees to whatever is asked. */
export function agreeAt(
  control: string,
  consentPage = standBefore(control),
): OAuthClientsWorld['agree'] {
  return async (authorizationUrl, as) => {
    const browser = new ScriptedBrowser();
    const { place, text } = await consentPage(browser, authorizationUrl, as);
    const answer = await browser.ask(place, {
      method: 'POST',
      headers: { origin: control, 'sec-fetch-site': 'same-origin' },
      body: fieldsOf(text),
    });
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`no answer to the client: ${await answer.text()}`);
    return new URL(location);
  };
}

export const identityProvider = ({ issuer }: RealProvider): Json => ({
  kind: 'IdentityProvider',
  name: 'corp',
  spec: {
    oidc: {
      issuer,
      clientId: 'bailiwick',
      clientSecret: 'corp-client',
      scopes: ['openid', 'profile'],
      loopback: true,
    },
  },
});

/** As a person does it: what the client opened, the way to sign in, the provider, and back. */
function standBefore(control: string): OAuthClientsWorld['consentPage'] {
  return async (browser, authorizationUrl, as) => {
    let place = new URL(authorizationUrl);
    for (let steps = 0; steps < 20; steps += 1) {
      const isOurs = place.origin === control;
      const { answer, place: at } = isOurs
        ? { answer: await browser.ask(place), place }
        : await browser.follow(place.href, as, ({ origin }) => origin === control);
      const location = answer.headers.get('location');
      if (!isOurs) place = at;
      else if (location !== null) place = new URL(location, place);
      else {
        const text = await answer.text();
        if (text.includes('name="decision"')) return { place, text };
        const way = /href="(\/sign-in\/corp[^"]*)"/.exec(text)?.[1];
        if (way === undefined) throw new Error(`no way on from ${place.href}: ${text}`);
        place = new URL(way.replaceAll('&amp;', '&'), place);
      }
    }
    throw new Error(`no consent page; at ${place.href}`);
  };
}

/** The form as it stands there, and Allow. */
function fieldsOf(text: string): URLSearchParams {
  const fields = new URLSearchParams({ decision: 'allow' });
  fields.set('token', /name="token" value="([^"]+)"/.exec(text)?.[1] ?? '');
  fields.set('duration', /<option value="(\d+)" selected/.exec(text)?.[1] ?? '');
  for (const [, name = ''] of text.matchAll(/name="(effect-\w+)" value="on" checked/g)) {
    fields.set(name, 'on');
  }
  return fields;
}

/** A client that describes itself at its own address. */
async function serveDescription(): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((_request, response) => {
    const said = { client_id: url, client_name: 'Described', redirect_uris: [callback] };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ...said, token_endpoint_auth_method: 'none' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/client.json`;
  return { server, url };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
