import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { EnrolledInstance } from '#contracts/instance-book.ts';
import { generateInstanceKey, type InstanceKey } from '../../../sdk/index.ts';
import { type ControlWorld, createControlWorld } from '../../../test/fakes/control-world.ts';
import { enrolProof, signAssertion } from '../../../test/fakes/identity-world.ts';
import { assertionType } from './client-auth.ts';
import { jwtBearerGrant } from './grant-jwt-bearer.ts';
import { tokenExchangeGrant } from './grant-token-exchange.ts';

let world: ControlWorld;
let key: InstanceKey;
let enrolled: EnrolledInstance;

const prompt = { targets: ['prompt:crm/draft'] };
const documents = [
  {
    kind: 'IdentityProvider',
    name: 'acme',
    spec: { oidc: { issuer: 'https://acme.example', clientId: 'us', clientKey: true } },
  },
  { kind: 'ToolServer', name: 'crm', spec: { connect: { url: 'http://127.0.0.1:1/mcp' } } },
  { kind: 'Manifest', name: 'work', spec: prompt },
  { kind: 'Entitlement', name: 'all', spec: { everyone: true, ...prompt } },
  { kind: 'Agent', name: 'desk', spec: { owner: 'ann', purpose: 'tests', manifest: 'work' } },
  { kind: 'Agent', name: 'clerk', spec: { owner: 'ann', purpose: 'tests', manifest: 'work' } },
  { kind: 'HandOff', name: 'desk-clerk', spec: { from: 'desk', to: 'clerk' } },
  {
    kind: 'Client',
    name: 'portal',
    spec: {
      agent: 'desk',
      identity: {
        id: 'portal',
        redirectUris: ['https://portal.example/back'],
        secretSha256: createHash('sha256').update('a secret').digest('hex'),
      },
      effects: ['read'],
    },
  },
  {
    kind: 'Exchange',
    name: 'portal-acme',
    spec: {
      agent: 'desk',
      provider: 'acme',
      everyone: true,
      effects: ['read', 'write'],
      uses: ['id-jag'],
      clients: ['portal'],
    },
  },
  {
    kind: 'Exchange',
    name: 'desk-acme',
    spec: {
      agent: 'desk',
      provider: 'acme',
      everyone: true,
      effects: ['read', 'write'],
      uses: ['token', 'id-jag'],
      clients: ['desk-at-acme'],
    },
  },
];

beforeAll(async () => {
  world = await createControlWorld();
  for (const body of documents) {
    const put = await world.ask('POST', '/v1/documents', { as: world.credential('admin'), body });
    expect(put.status, JSON.stringify(put.body)).toBeLessThan(300);
  }
  key = generateInstanceKey();
  const ask = { tenant: 'main', agent: 'desk', by: 'admin-main' };
  const { token: joinToken } = await world.enrolment.issueJoinToken(ask);
  const proof = enrolProof(key, joinToken, world.clock.now());
  enrolled = await world.enrolment.enrol({ joinToken, jwk: key.jwk, proof });
});

const accessType = 'urn:ietf:params:oauth:token-type:access_token';
const client = 'desk-at-acme';

async function ask(fields: Readonly<Record<string, string>>) {
  const aud = world.enrolment.trust().issuer;
  const answer = await fetch(`${world.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_assertion_type: assertionType,
      client_assertion: signAssertion({ key, enrolled }, { aud }, world.clock.now()),
      ...fields,
    }),
  });
  const body = (await answer.json()) as Readonly<Record<string, string>>;
  return { status: answer.status, body };
}

function exchange(fields: Readonly<Record<string, string>> = {}) {
  return ask({
    grant_type: tokenExchangeGrant,
    subject_token: world.users.make({ client }),
    subject_token_type: accessType,
    ...fields,
  });
}

describe('the token endpoint, of an exchange', () => {
  it('answers as RFC 8693 has it [SYS-016]', async () => {
    const { status, body } = await exchange({ scope: 'write', audience: world.url });
    expect([status, body]).toEqual([
      200,
      {
        access_token: expect.any(String),
        issued_token_type: accessType,
        token_type: 'DPoP',
        expires_in: 600,
        scope: 'write',
      },
    ]);
  });

  it('hands on with the details that RFC 9396 and the drafts of transaction tokens name', async () => {
    const { body } = await exchange();
    const details = { type: 'bailiwick_task', intent: 'answer', targets: ['prompt:crm/draft'] };
    const narrowed = await exchange({
      subject_token: body['access_token'] ?? '',
      authorization_details: JSON.stringify([details]),
    });
    expect(narrowed.status).toBe(200);
    const handOff = await exchange({
      subject_token: narrowed.body['access_token'] ?? '',
      requested_token_type: 'urn:dev.bailiwick:token-type:hand-off',
      audience: 'agent:clerk',
      request_details: JSON.stringify({ instruction: 'draft it' }),
    });
    expect(handOff).toMatchObject({ status: 200, body: { token_type: 'N_A', expires_in: 120 } });
  });

  it.each([
    [{ scope: 'read everything' }, 'invalid_scope'],
    [{ audience: 'https://elsewhere.example' }, 'invalid_target'],
    [{ resource: 'https://elsewhere.example' }, 'invalid_target'],
    [{ subject_token: '' }, 'invalid_request'],
    [{ subject_token: 'x.y.z' }, 'invalid_request'],
    [{ authorization_details: '{}' }, 'invalid_request'],
    [{ authorization_details: '[{"type":"other"}]' }, 'invalid_request'],
    [{ authorization_details: '[{"type":"bailiwick_task","intent":""}]' }, 'invalid_request'],
    [{ authorization_details: '[{"type":"bailiwick_task","whatever":1}]' }, 'invalid_request'],
    [{ authorization_details: 'x' }, 'invalid_request'],
  ])('refuses %o with %s', async (fields, error) => {
    expect(await exchange(fields)).toMatchObject({ status: 400, body: { error } });
  });

  it('is for agents that prove their key, and for nobody else [IDN-02] [IDN-04]', async () => {
    for (const grant_type of [tokenExchangeGrant, jwtBearerGrant]) {
      for (const as of [{}, { client_id: 'a', client_secret: 'b' }]) {
        const answer = await fetch(`${world.url}/oauth/token`, {
          method: 'POST',
          body: new URLSearchParams({ grant_type, subject_token: 'x', assertion: 'x', ...as }),
        });
        expect(answer.status).toBe(400);
        expect(await answer.json()).toMatchObject({ error: 'unauthorized_client' });
      }
    }
  });

  it('takes no assertion twice, and tells no refresh token', async () => {
    const assertion = world.users.make({ use: 'id-jag', client });
    const fields = { grant_type: jwtBearerGrant, assertion };
    const first = await ask(fields);
    expect(Object.keys(first.body).sort()).toEqual([
      'access_token',
      'expires_in',
      'scope',
      'token_type',
    ]);
    expect(await ask(fields)).toMatchObject({ status: 400 });
    const elsewhere = { ...fields, resource: 'https://elsewhere.example' };
    expect(await ask(elsewhere)).toMatchObject({ body: { error: 'invalid_target' } });
  });

  it('takes an assertion of a client that proves itself by what its document says, once, and of no other', async () => {
    const bring = async (fields: Readonly<Record<string, string>>) => {
      const answer = await fetch(`${world.url}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: jwtBearerGrant, ...fields }),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    const own = { client_id: 'portal', client_secret: 'a secret' };
    const assertion = world.users.make({ use: 'id-jag', client: 'portal' });
    expect(await bring({ ...own, client_secret: 'no secret', assertion })).toMatchObject({
      body: { error: 'invalid_client' },
    });
    expect(await bring({ client_id: 'portal', assertion })).toMatchObject({
      body: { error: 'unauthorized_client' },
    });
    expect(await bring({ ...own, assertion })).toMatchObject({
      status: 200,
      body: { token_type: 'Bearer', scope: 'read' },
    });
    expect(await bring({ ...own, assertion })).toMatchObject({ status: 400 });
    const foreign = world.users.make({ use: 'id-jag', client });
    expect(await bring({ ...own, assertion: foreign })).toMatchObject({ status: 400 });
  });

  it('tells what it serves, and by which key gateways speak elsewhere', async () => {
    const read = async (path: string) =>
      (await (await fetch(`${world.url}${path}`)).json()) as Readonly<Record<string, unknown>>;
    expect(await read('/.well-known/oauth-authorization-server')).toMatchObject({
      grant_types_supported: expect.arrayContaining([tokenExchangeGrant, jwtBearerGrant]),
      authorization_grant_profiles_supported: ['urn:ietf:params:oauth:grant-profile:id-jag'],
    });
    const { keys } = await read('/oauth/assertions/jwks');
    expect(keys).toEqual([
      {
        kty: 'OKP',
        crv: 'Ed25519',
        x: expect.any(String),
        kid: expect.any(String),
        alg: 'EdDSA',
        use: 'sig',
      },
    ]);
    const transactions = (await read('/oauth/transactions/jwks'))['keys'] as { x: string }[];
    expect(transactions).toHaveLength(1);
    expect(transactions[0]?.x).not.toBe((keys as { x: string }[])[0]?.x);
    const own = world.enrolment.trust().keys.map(({ jwk }) => jwk['x']);
    expect(own).not.toContain((keys as { x: string }[])[0]?.x);
  });

  it('leaves a record of what it refuses, by its code', async () => {
    await exchange({ scope: 'everything' });
    await world.close();
    const codes = world.log.drafts.map(({ refusal }) => refusal?.code);
    expect(codes).toContain('oauth/invalid-scope');
  });
});
