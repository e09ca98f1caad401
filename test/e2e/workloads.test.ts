import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createAgentFetch,
  createProof,
  enrol,
  generateInstanceKey,
  type InstanceKey,
} from '../../sdk/index.ts';
import { signJws } from '../../sdk/key.ts';
import { hasChromium, startConsoleBrowser } from './console-page.ts';
import { type Instance, startInstance } from './instance.ts';
import { ScriptedBrowser } from './sign-in-provider.ts';
import { listTools } from './wire.ts';

const audience = 'urn:example:bailiwick';
const callback = 'http://127.0.0.1:9/callback';

let issuer: string;
let http: Server;
let instance: Instance;

/** A real provider, at which programs and people get tokens for the same resource. */
beforeAll(async () => {
  http = createServer();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const client = { client_secret: 'a secret of this client', response_types: [] as string[] };
  const provider = new Provider(issuer, {
    clients: [
      { ...client, client_id: 'runner', grant_types: ['client_credentials'], redirect_uris: [] },
      {
        ...client,
        client_id: 'app',
        redirect_uris: [callback],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    jwks: {
      keys: [{ ...(await exportJWK(privateKey)), kid: 'k1', use: 'sig', alg: 'RS256' }],
    },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'run',
          audience,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    findAccount: (_ctx: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    cookies: { keys: ['a key of the test'] },
  });
  http.on('request', provider.callback());
  const all = [
    {
      kind: 'Agent',
      name: 'runner',
      spec: { owner: 'ada@example.com', purpose: 'runs', manifest: 'none' },
    },
    {
      kind: 'IdentityProvider',
      name: 'people',
      spec: {
        oidc: {
          issuer,
          clientId: 'app',
          clientKey: true,
          exchangeAudiences: [audience],
          loopback: true,
        },
      },
    },
    {
      kind: 'Exchange',
      name: 'runner-people',
      spec: { agent: 'runner', provider: 'people', everyone: true, effects: ['read'] },
    },
    { kind: 'Manifest', name: 'none', spec: { tools: [{ tool: 'crm/read' }] } },
    { kind: 'ToolServer', name: 'crm', spec: { connect: { url: 'http://127.0.0.1:9/mcp' } } },
    {
      kind: 'WorkloadIssuer',
      name: 'forge',
      spec: {
        issuer,
        audience,
        loopback: true,
        uses: ['enrol', 'client'],
        // Whoever it is: what keeps humans out is not what rules list.
        agents: [
          { agent: 'runner', subject: 'runner' },
          { agent: 'runner', subject: 'ann' },
        ],
      },
    },
  ];
  const documents = { 'all.yaml': all.map((one) => JSON.stringify(one)).join('\n---\n') };
  instance = await startInstance({ documents });
}, 60_000);
afterAll(async () => {
  await instance?.remove();
  http.closeAllConnections();
  http.close();
});

async function tokenOf(client: string, fields: Record<string, string>): Promise<string> {
  const basic = Buffer.from(`${client}:${encodeURIComponent('a secret of this client')}`);
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic.toString('base64')}` },
    body: new URLSearchParams(fields),
  });
  const body = (await answer.json()) as { access_token?: string };
  if (body.access_token === undefined) throw new Error(JSON.stringify(body));
  return body.access_token;
}

async function tokenOfAnn(): Promise<string> {
  const verifier = randomBytes(32).toString('base64url');
  const asked = new URLSearchParams({
    client_id: 'app',
    response_type: 'code',
    redirect_uri: callback,
    scope: 'openid run',
    resource: audience,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const { place } = await new ScriptedBrowser().follow(
    `${issuer}/auth?${asked.toString()}`,
    'ann',
    (at) => at.href.startsWith(callback),
  );
  return tokenOf('app', {
    grant_type: 'authorization_code',
    code: place.searchParams.get('code') ?? '',
    redirect_uri: callback,
    code_verifier: verifier,
    resource: audience,
  });
}

const come = (workloadToken: string) => {
  const key = generateInstanceKey();
  return enrol({ control: instance.console, workloadToken, key }).then((identity) => ({
    key,
    identity,
  }));
};

describe('an agent of a platform with a real provider', () => {
  it('enrols by the token of its own, and is served; both are on record [IDN-02]', async () => {
    const token = await tokenOf('runner', {
      grant_type: 'client_credentials',
      scope: 'run',
      resource: audience,
    });
    const { key, identity } = await come(token);
    expect(identity.agent).toBe('runner');
    const send = createAgentFetch({
      control: instance.console,
      gateway: instance.gateway,
      key,
      identity,
    });
    expect((await listTools(send, instance.gateway)).body.result?.tools).toEqual([]);
    await expect(come(token)).rejects.toMatchObject({ code: 'identity/join-token-invalid' });
    const found = await recorded('identity.enrolled');
    expect(found).toContain('"subject":"runner"');
  });

  it.skipIf(!hasChromium)(
    'says on its page in a browser which platform attested its key, as what [OBS-04]',
    async () => {
      const fields = { grant_type: 'client_credentials', scope: 'run', resource: audience };
      await come(await tokenOf('runner', fields));
      const browser = await startConsoleBrowser(() => instance);
      try {
        // The index of records follows the logs.
        const asked = '/v1/audit/records?q=agent:runner action:identity.enrolled';
        const indexed = async () => JSON.stringify(await instance.admin.request('GET', asked));
        await expect.poll(indexed, { timeout: 30_000 }).toContain('"subject":"runner"');
        const page = await browser.open('/agents?agent=runner');
        const keys = page.getByRole('region', { name: 'Keys and what vouched for them' });
        await keys.getByText('Attested as the workload').first().waitFor();
        const told = (await keys.innerText()).replaceAll(/\s+/g, ' ');
        // By the document that trusts this platform.
        expect(told).toContain('Attested as the workload runner by forge.');
        expect(told).not.toContain('By a join token');
        await keys.getByRole('link', { name: 'Its record' }).first().click();
        await page.getByRole('heading', { name: 'Where it stands' }).waitFor();
        expect(browser.complaints).toEqual([]);
      } finally {
        await browser.close();
      }
    },
    60_000,
  );

  it('does not enrol by the token that a sign-in gave, whatever rules list [IDN-02]', async () => {
    const token = await tokenOfAnn();
    await expect(come(token)).rejects.toMatchObject({ code: 'identity/user-token' });
    await recorded('identity.refused', 'identity/user-token');
  });
});

const proofOf = (key: InstanceKey, url: string, nonce: string | undefined) =>
  signJws(
    key,
    { typ: 'dpop+jwt', jwk: key.jwk },
    {
      htm: 'POST',
      htu: url,
      iat: Math.floor(Date.now() / 1_000),
      jti: randomBytes(12).toString('base64url'),
      ...(nonce === undefined ? {} : { nonce }),
    },
  );

/** As RFC 6749 §4.4 has it, with nothing but what RFC 7523 and RFC 9449 know. */
async function askToken(
  assertion: string,
  key?: InstanceKey,
  fields: Readonly<Record<string, string>> = { grant_type: 'client_credentials' },
) {
  const url = `${instance.console}/oauth/token`;
  const form = (nonce?: string) =>
    fetch(url, {
      method: 'POST',
      headers: key === undefined ? {} : { dpop: proofOf(key, url, nonce) },
      body: new URLSearchParams({
        ...fields,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      }),
    });
  const first = await form();
  const nonce = first.headers.get('dpop-nonce') ?? undefined;
  const answer = nonce === undefined ? first : await form(nonce);
  const body = (await answer.json()) as { error?: string; access_token?: string };
  return { status: answer.status, body };
}

/** With a proof for each request, as soon as a nonce is known. */
function boundFetch(key: InstanceKey, accessToken: string): typeof fetch {
  let nonce: string | undefined;
  const once = async (url: string, init: RequestInit | undefined) => {
    const headers = new Headers(init?.headers);
    const proof = createProof({ key, method: init?.method ?? 'GET', url, accessToken, nonce });
    headers.set('authorization', `DPoP ${accessToken}`);
    headers.set('dpop', proof);
    const answer = await fetch(url, { ...init, headers });
    nonce = answer.headers.get('dpop-nonce') ?? nonce;
    return answer;
  };
  return async (input, init) => {
    const url = input instanceof Request ? input.url : new URL(input).href;
    const first = await once(url, init);
    return first.status === 401 ? once(url, init) : first;
  };
}

describe('a client of the token endpoint with a real provider', () => {
  const ofRunner = () =>
    tokenOf('runner', { grant_type: 'client_credentials', scope: 'run', resource: audience });

  it('gets a token for the key that it proves, once for each of its platform’s, and calls with it [IDN-02]', async () => {
    const key = generateInstanceKey();
    const assertion = await ofRunner();
    const given = await askToken(assertion, key);
    expect(given).toMatchObject({ status: 200, body: { token_type: 'DPoP', expires_in: 900 } });
    const again = await askToken(assertion, key);
    expect(again).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    const [, claims = ''] = (given.body.access_token ?? '').split('.');
    const read = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { agent?: string };
    expect(read).toMatchObject({ agent: 'runner', cnf: { jkt: key.thumbprint } });
    const next = await askToken(await ofRunner(), key);
    expect(next.status).toBe(200);
    const send = boundFetch(key, given.body.access_token ?? '');
    expect((await listTools(send, instance.gateway)).body.result?.tools).toEqual([]);
    await recorded('identity.enrolled', '"use":"client"');
  });

  it('acts for a person by their token beside its platform’s, and never by theirs in its own place [IDN-02] [IDN-03]', async () => {
    const key = generateInstanceKey();
    const ann = await tokenOfAnn();
    const exchange = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: ann,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    };
    const swapped = await askToken(ann, key, { ...exchange, subject_token: await ofRunner() });
    expect(swapped).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    const given = await askToken(await ofRunner(), key, exchange);
    expect(given).toMatchObject({ status: 200, body: { token_type: 'DPoP', scope: 'read' } });
    const begun = await recorded('delegation.begun', '"name":"runner"');
    expect(begun).toContain('ann');
  });

  it('gets nothing by the token of a person, nor without a key, nor with a letter changed [IDN-02]', async () => {
    const key = generateInstanceKey();
    const ann = await askToken(await tokenOfAnn(), key);
    expect(ann).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    const good = await ofRunner();
    expect((await askToken(good)).body).toMatchObject({ error: 'invalid_dpop_proof' });
    const [head = '', claims = '', tail = ''] = good.split('.');
    const other = tail.startsWith('A') ? 'B' : 'A';
    const changed = await askToken([head, claims, other + tail.slice(1)].join('.'), key);
    expect(changed).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect((await askToken(good, key)).status).toBe(200);
  });
});

async function recorded(type: string, part = type): Promise<string> {
  const read = async () => {
    const answer = await instance.admin.request('GET', `/v1/records?type=${type}`);
    return JSON.stringify(answer);
  };
  await expect.poll(read, { timeout: 10_000 }).toContain(part);
  return read();
}
