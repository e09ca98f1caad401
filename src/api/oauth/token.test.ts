import { beforeAll, describe, expect, it } from 'vitest';
import { signAssertion } from '../../../test/fakes/identity-world.ts';
import type { EnrolledInstance } from '#contracts/instance-book.ts';
import { generateInstanceKey, type InstanceKey } from '../../../sdk/index.ts';
import { enrolProof } from '../../../test/fakes/identity-world.ts';
import { type ControlWorld, createControlWorld } from '../../../test/fakes/control-world.ts';
import { assertionType } from './client-auth.ts';

let world: ControlWorld;
let key: InstanceKey;
let enrolled: EnrolledInstance;

beforeAll(async () => {
  world = await createControlWorld();
  const documents = [
    { kind: 'ToolServer', name: 'fake', spec: { connect: { url: 'http://127.0.0.1:1/mcp' } } },
    { kind: 'Manifest', name: 'work', spec: { tools: [{ tool: 'fake/pay' }] } },
    { kind: 'Agent', name: 'worker', spec: { owner: 'ann', purpose: 'tests', manifest: 'work' } },
  ];
  for (const body of documents) {
    await world.ask('POST', '/v1/documents', { as: world.credential('admin'), body });
  }
  key = generateInstanceKey();
  const ask = { tenant: 'main', agent: 'worker', by: 'admin-main' };
  const { token: joinToken } = await world.enrolment.issueJoinToken(ask);
  const proof = enrolProof(key, joinToken, world.clock.now());
  enrolled = await world.enrolment.enrol({ joinToken, jwk: key.jwk, proof });
});

const assertion = () =>
  signAssertion({ key, enrolled }, { aud: world.enrolment.trust().issuer }, world.clock.now());

async function ask(fields: Readonly<Record<string, string>>, headers = {}) {
  const answer = await fetch(`${world.url}/oauth/token`, {
    method: 'POST',
    headers: { origin: 'https://page.example', ...headers },
    body: new URLSearchParams(fields),
  });
  const body = (await answer.json()) as Readonly<Record<string, unknown>>;
  return { status: answer.status, headers: answer.headers, body };
}

describe('the token endpoint', () => {
  it('gives an enrolled instance its token, as the endpoint before it does', async () => {
    const fields = { grant_type: 'client_credentials', client_assertion_type: assertionType };
    const answer = await ask({ ...fields, client_assertion: assertion(), scope: '' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ token_type: 'DPoP', expires_in: 900 });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const before = await fetch(`${world.url}/v1/token`, {
      method: 'POST',
      body: new URLSearchParams({ ...fields, client_assertion: assertion() }),
    });
    expect(before.status).toBe(200);
  });

  it.each([
    [{}, 400, 'invalid_request'],
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
    [{ grant_type: 'constructor' }, 400, 'unsupported_grant_type'],
    [{ grant_type: 'client_credentials' }, 400, 'unauthorized_client'],
    [
      { grant_type: 'client_credentials', client_id: 'a', client_secret: 'b' },
      400,
      'unauthorized_client',
    ],
    [{ grant_type: 'client_credentials', client_secret: 'b' }, 400, 'invalid_request'],
    [
      { grant_type: 'client_credentials', client_secret: 'b', client_assertion: 'c' },
      400,
      'invalid_request',
    ],
    [{ grant_type: 'client_credentials', client_assertion: 'x' }, 401, 'invalid_client'],
    [
      {
        grant_type: 'client_credentials',
        client_assertion_type: assertionType,
        client_assertion: 'x.y.z',
      },
      401,
      'invalid_client',
    ],
  ])('refuses %o with %d %s, in the words of RFC 6749', async (fields, status, error) => {
    const answer = await ask(fields);
    expect([answer.status, answer.body['error']]).toEqual([status, error]);
    expect(answer.headers.get('www-authenticate') !== null).toBe(status === 401);
  });

  it('refuses a client that says twice, and differently, who it is', async () => {
    const basic = (text: string) => ({ authorization: `Basic ${btoa(text)}` });
    const grant = { grant_type: 'client_credentials' };
    for (const [fields, text, status] of [
      [{ ...grant, client_id: 'b' }, 'a:s', 400],
      [{ ...grant, client_secret: 's', client_id: 'a' }, 'a:s', 400],
      [grant, 'a:', 401],
      [grant, ':s', 401],
      [grant, '%zz:s', 401],
      [{ ...grant, client_id: 'a b' }, 'a+b:s', 400],
    ] as const) {
      expect((await ask(fields, basic(text))).status).toBe(status);
    }
    expect((await ask(grant, { authorization: 'Bearer x' })).body).toMatchObject({
      error: 'invalid_client',
    });
  });

  it('tells the browser of another page what it may ask, and nothing elsewhere', async () => {
    const ask = (path: string) => fetch(`${world.url}${path}`, { method: 'OPTIONS' });
    const answer = await ask('/oauth/token');
    expect([answer.status, answer.headers.get('access-control-allow-methods')]).toEqual([
      204,
      'POST',
    ]);
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    expect((await ask('/v1/agents')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('leaves a record of what it refuses, counted as all that nobody we know asks', async () => {
    await ask({ grant_type: 'password' });
    await world.close();
    const refused = world.log.drafts.filter(({ type }) => type === 'gateway.refused-unknown');
    const codes = refused.map(({ refusal }) => refusal?.code);
    expect(codes).toEqual(
      expect.arrayContaining([
        'oauth/invalid-client',
        'oauth/invalid-request',
        'oauth/unauthorized-client',
        'oauth/unsupported-grant-type',
      ]),
    );
  });
});
