import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BailiwickError, isRefusal } from '#kernel/errors.ts';
import { canonicalText, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { systemClock } from '#kernel/time.ts';
import {
  ControlProblem,
  createAgentFetch,
  createControlClient,
  enrol,
  type EnrolledIdentity,
  generateInstanceKey,
  getToken,
  importInstanceKey,
  type InstanceKey,
  loadIdentity,
  saveIdentity,
} from '../../../sdk/index.ts';
import { readJson } from '../../../sdk/read-json.ts';
import { FakeInstanceBook } from '../../../test/fakes/fake-instance-book.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { createEnrolment, createIdentityGate, type Enrolment, type IdentityGate } from './index.ts';

/** Both halves behind true HTTP servers, with the machine's clock, as a client meets them. */
let enrolment: Enrolment;
let gate: IdentityGate;
let control: string;
let gateway: string;
let servers: Server[] = [];
let book: FakeInstanceBook;
let requests: { readonly body: string; readonly code: string }[] = [];
let tokensIssued = 0;
/** An answer to a request with this body waits for it. */
let late: { readonly body: string; readonly until: Promise<void> } | undefined;

beforeEach(async () => {
  book = new FakeInstanceBook();
  requests = [];
  tokensIssued = 0;
  late = undefined;
  enrolment = await createEnrolment({
    instances: book,
    keyring: new FakeKeyring(),
    recorder: { record: async () => undefined, owe: async () => undefined },
    clock: systemClock,
    knownAgent: () => true,
    onRosterChange: async () => undefined,
  });
  gate = createIdentityGate();
  control = await serve(answerControl);
  gateway = `${await serve(answerGateway)}/mcp`;
});

afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  servers = [];
});

async function serve(
  handler: (request: IncomingMessage, body: Buffer, response: ServerResponse) => Promise<void>,
): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void handler(request, Buffer.concat(chunks), response));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answerControl(
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const send = (status: number, value: JsonObject) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(canonicalText(value));
  try {
    if (request.url === '/v1/enrol') {
      const asked = parseJson(body) as { joinToken: string; jwk: JsonObject; proof: string };
      const { tenant, agent, instance } = await enrolment.enrol(asked);
      send(200, { tenant, agent, instance, issuer: enrolment.trust().issuer });
    } else if (request.url === '/v1/token') {
      const form = new URLSearchParams(body.toString());
      expect(form.get('grant_type')).toBe('client_credentials');
      const assertion = form.get('client_assertion') ?? '';
      const { accessToken, tokenType, expiresIn } = await enrolment.issueToken({ assertion });
      tokensIssued += 1;
      send(200, { access_token: accessToken, token_type: tokenType, expires_in: expiresIn });
    } else if (request.url === '/plain') {
      response.end('<html>');
    } else if (request.url === '/moved') {
      response.writeHead(302, { location: '/v1/echo' }).end();
    } else if (request.url === '/silent') {
      // Never answers.
    } else {
      send(200, {
        authorization: request.headers.authorization ?? '',
        method: request.method ?? '',
      });
    }
  } catch (fault) {
    const { status, code, message, suggestedAction } = fault as BailiwickError;
    send(status, { code, message, suggestedAction });
  }
}

async function answerGateway(
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const all = await book.listAll();
  const now = Date.now();
  const current = { task: 't', session: 's' };
  const answer = await gate.identify(
    {
      authorization: request.headers.authorization,
      dpop: request.headers['dpop'] as string | undefined,
      method: request.method ?? '',
      url: `http://${request.headers.host}${request.url}`,
      clientCertificate: undefined,
      ambiguous: false,
    },
    {
      tenant: 'main',
      trust: enrolment.trust(),
      roster: {
        number: 1,
        instances: Object.fromEntries(all.map((one) => [one.thumbprint, { ...one, current }])),
      },
      now,
    },
  );
  const code = isRefusal(answer) ? answer.code : answer.instance;
  requests.push({ body: body.toString(), code });
  if (late?.body === body.toString()) await late.until;
  const error = code === 'identity/nonce-required' ? 'use_dpop_nonce' : 'invalid_token';
  response.writeHead(isRefusal(answer) ? answer.status : 200, {
    'dpop-nonce': gate.nonce(now),
    ...(isRefusal(answer) ? { 'www-authenticate': `DPoP error="${error}"` } : {}),
  });
  response.end(code);
}

async function enrolled(
  key: InstanceKey = generateInstanceKey(),
): Promise<{ readonly identity: EnrolledIdentity; readonly key: InstanceKey }> {
  const { token } = await enrolment.issueJoinToken({ tenant: 'main', agent: 'support', by: 'ada' });
  return { identity: await enrol({ control, joinToken: token, key }), key };
}

describe('the client of an agent', () => {
  it.each(['ES256', 'EdDSA'] as const)(
    'enrols a %s key, learns the nonce and proves itself on every request [IDN-01]',
    async (algorithm) => {
      const { identity, key } = await enrolled(generateInstanceKey(algorithm));
      const agentFetch = createAgentFetch({ control, gateway, key, identity });
      const answers = [];
      for (const body of ['one', 'two', 'three']) {
        const response = await agentFetch(gateway, { method: 'POST', body });
        answers.push(await response.text());
      }
      expect(answers).toEqual(answers.map(() => identity.instance));
      expect(requests.map(({ body, code }) => `${body} ${code}`)).toEqual([
        'one identity/nonce-required',
        `one ${identity.instance}`,
        `two ${identity.instance}`,
        `three ${identity.instance}`,
      ]);
      expect(tokensIssued).toBe(1);
    },
  );

  it('asks for one token, however many requests wait for it', async () => {
    const { identity, key } = await enrolled();
    const agentFetch = createAgentFetch({ control, key, identity });
    const all = Array.from({ length: 20 }, () => agentFetch(new URL(gateway)));
    const answers = await Promise.all((await Promise.all(all)).map((one) => one.text()));
    expect(new Set(answers)).toEqual(new Set([identity.instance]));
    expect(tokensIssued).toBe(1);
  });

  it('repeats a request object with its body, and a stream not at all', async () => {
    const { identity, key } = await enrolled();
    const first = createAgentFetch({ control, key, identity });
    const request = new Request(gateway, { method: 'POST', body: 'whole' });
    expect(await (await first(request)).text()).toBe(identity.instance);
    expect(requests.map(({ body }) => body)).toEqual(['whole', 'whole']);
    const second = createAgentFetch({ control, key, identity });
    const body = new Blob(['stream']).stream();
    const answer = await second(gateway, { method: 'POST', body, duplex: 'half' });
    expect(answer.status).toBe(401);
    expect(requests).toHaveLength(3);
  });

  it('forgets a token that was refused, and gives up after one repetition', async () => {
    const { identity, key } = await enrolled();
    const agentFetch = createAgentFetch({ control, key, identity });
    await agentFetch(gateway);
    const { tenant, instance } = identity;
    const other = await createEnrolment({
      instances: book,
      keyring: new FakeKeyring(),
      recorder: { record: async () => undefined, owe: async () => undefined },
      clock: systemClock,
      knownAgent: () => true,
      onRosterChange: async () => undefined,
    });
    const before = enrolment;
    enrolment = other;
    expect((await agentFetch(gateway)).status).toBe(401);
    enrolment = before;
    expect((await agentFetch(gateway)).status).toBe(200);
    expect(tokensIssued).toBe(2);
    await book.revoke(tenant, instance, systemClock.now());
    const again = createAgentFetch({ control, key, identity });
    await expect(again(gateway)).rejects.toThrow('this instance is revoked');
  });

  it('keeps the token that came after the one that was refused, however late that is heard', async () => {
    const { identity, key } = await enrolled();
    const agentFetch = createAgentFetch({ control, key, identity });
    await agentFetch(gateway);
    const { promise, resolve } = Promise.withResolvers<void>();
    const own = enrolment;
    enrolment = await createEnrolment({
      instances: book,
      keyring: new FakeKeyring(),
      recorder: { record: async () => undefined, owe: async () => undefined },
      clock: systemClock,
      knownAgent: () => true,
      onRosterChange: async () => undefined,
    });
    late = { body: 'late', until: promise };
    const before = requests.length;
    const slow = agentFetch(gateway, { method: 'POST', body: 'late' });
    await expect.poll(() => requests.length).toBe(before + 1);
    expect((await agentFetch(gateway)).status).toBe(401);
    enrolment = own;
    expect((await agentFetch(gateway)).status).toBe(200);
    resolve();
    expect((await slow).status).toBe(401);
    expect((await agentFetch(gateway)).status).toBe(200);
    expect(tokensIssued).toBe(2);
  });

  it('sends its credentials to its gateway only, and follows no redirect with them', async () => {
    const { identity, key } = await enrolled();
    const agentFetch = createAgentFetch({ control, gateway, key, identity });
    await expect(agentFetch(`${control}/v1/echo`)).rejects.toThrow('are for');
    const loose = createAgentFetch({ control, key, identity });
    await expect(loose(`${control}/moved`)).rejects.toThrow('fetch failed');
  });

  it('keeps an identity in a file that only its owner can read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'identity-'));
    try {
      const file = join(folder, 'agent.json');
      const { identity, key } = await enrolled();
      await writeFile(file, 'an older one', { mode: 0o644 });
      await saveIdentity(file, identity, key);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(await readdir(folder)).toEqual(['agent.json']);
      const loaded = await loadIdentity(file);
      expect(loaded.identity).toEqual(identity);
      expect(loaded.key.thumbprint).toBe(key.thumbprint);
      expect(await getToken({ control, ...loaded })).toMatchObject({
        accessToken: expect.any(String),
      });
      const open = join(folder, 'open.json');
      await writeFile(open, await readFile(file), { mode: 0o644 });
      await expect(loadIdentity(open)).rejects.toThrow('others may read');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('takes no key that could not be enrolled', () => {
    const { privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-384',
      privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
      publicKeyEncoding: { format: 'pem', type: 'spki' },
    });
    expect(() => importInstanceKey(privateKey)).toThrow('a P-256 or an Ed25519 key');
  });
});

describe('the client of the control program', () => {
  it('sends the credential, and turns refusals into their three fields', async () => {
    const client = createControlClient({ url: `${control}/`, credential: 'c' });
    const echo: Record<string, unknown> = await client.request('GET', '/v1/echo');
    expect({ ...echo }).toEqual({ authorization: 'Bearer c', method: 'GET' });
    const asked = client.request('POST', '/v1/enrol', { joinToken: 'x', jwk: {}, proof: '' });
    await expect(asked).rejects.toMatchObject({
      status: 401,
      code: 'identity/invalid-proof',
      message: 'the proof of possession is not valid',
      suggestedAction: 'sign a fresh proof with the enrolled key',
    });
  });

  it('says so when nothing answers, in time or as it should', async () => {
    const client = createControlClient({ url: control, credential: undefined, timeoutMs: 200 });
    await expect(client.request('GET', '/plain')).rejects.toMatchObject({ status: 502 });
    await expect(client.request('GET', '/silent')).rejects.toMatchObject({
      code: 'cli/not-running',
    });
    await expect(client.request('GET', '/moved')).rejects.toBeInstanceOf(ControlProblem);
    const nobody = createControlClient({ url: 'http://127.0.0.1:1', credential: undefined });
    await expect(nobody.request('GET', '/')).rejects.toMatchObject({ code: 'cli/not-running' });
  });

  it('reads answers as the product reads JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'small' }), (value) => {
        const bytes = Buffer.from(JSON.stringify(value));
        let strict: unknown;
        try {
          strict = parseJson(bytes);
        } catch {
          return;
        }
        expect(canonicalText(readJson(bytes))).toBe(canonicalText(strict as JsonObject));
      }),
    );
  });

  it('reads the keys that are there, whatever was read before', () => {
    const hostile = JSON.stringify({ to: 'x', ['\\u0061']: 1 });
    readJson(Buffer.from(hostile));
    readJson(Buffer.from(hostile));
    const read = readJson(Buffer.from('{"to":"a","\\u0061mount":50000}'));
    expect(isJsonObject(read) && read['amount']).toBe(50_000);
  });

  it.each([
    '',
    '{',
    '{"a":1,"a":2}',
    '{"__proto__":1}',
    '{"a":1,}',
    '[1,]',
    '[,]',
    '01',
    '1.',
    'nul',
    '"\n"',
    '"\\x"',
    '1 2',
    '{"a" 1}',
    '{1:1}',
    '[}',
    ':',
    `${'['.repeat(70)}${']'.repeat(70)}`,
  ])('does not read `%s`', (text) => {
    expect(() => readJson(Buffer.from(text))).toThrow(SyntaxError);
  });
});
