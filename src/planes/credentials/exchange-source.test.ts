import { createPublicKey, verify } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ExchangeAskFor } from '#contracts/credential-source.ts';
import type { FormPoster } from '#contracts/form-poster.ts';
import { BailiwickError, isRefusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { exactly } from '#kernel/manifest.ts';
import type { Principal } from '#kernel/principal.ts';
import type { ExchangeUse } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { toolTarget } from '#kernel/tool.ts';
import { FakeCredentialSource } from '../../../test/fakes/fake-credential-source.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { type AssertionSigner, createAssertionSigner } from './assertion-signer.ts';
import { createExchangeSource } from './exchange-source.ts';
import { createLender } from './lender.ts';

type Fields = Readonly<Record<string, string>>;
type Claims = Readonly<Record<string, unknown>>;

const use: ExchangeUse = {
  mode: 'token-exchange',
  tokenEndpoint: 'https://as.example/token',
  issuer: 'https://as.example',
  clientId: 'bailiwick',
  audience: 'crm',
  scope: 'crm.read',
  namesActor: true,
  network: { loopback: false, hosts: ['as.internal'] },
};

const principal: Principal = {
  kind: 'agent',
  tenant: 'main',
  agent: 'desk',
  instance: 'i1',
  user: { subject: 'ada', issuer: 'https://idp.example', groups: ['support'], acr: 'phr' },
  task: 't1',
  session: 's1',
  hops: [],
  delegation: { id: 'd1', client: undefined, issuedAt: 1, token: 'k' },
  binding: 'dpop',
  keyThumbprint: 'k',
};

const actor = 'agent:main/desk/i1';
let clock: ManualClock;
let signer: AssertionSigner;
let posted: Fields[];
let answer: () => { readonly status: number; readonly body: unknown };

const poster: FormPoster = {
  async post({ url, network, fields }) {
    expect(url).toBe(use.tokenEndpoint);
    expect(network).toEqual(use.network);
    posted.push(fields);
    const { status, body } = answer();
    return { status, body: Buffer.from(JSON.stringify(body)) };
  },
};

/** A JWT of the server elsewhere: nobody here judges its signature. */
function foreign(claims: Claims, n = 0): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'ES256' })}.${part({ ...claims, n })}.c2ln`;
}

const token = (claims: Claims = { sub: 'ada', act: { sub: actor } }, over: object = {}) => ({
  status: 200,
  body: { access_token: foreign(claims), token_type: 'Bearer', expires_in: 300, ...over },
});

beforeEach(async () => {
  clock = new ManualClock();
  signer = createAssertionSigner(await new FakeKeyring().signer('assertions'));
  posted = [];
  answer = () => token();
});

function lend(of: Partial<ExchangeAskFor> = {}) {
  const source = createExchangeSource({ signer, poster, clock });
  const { signal } = new AbortController();
  return source.lend({ tenant: 'main', use, issuer: 'urn:us', principal, signal, ...of });
}

/** What was said, with its signature judged by what the others know of us. */
function said(jwt = ''): { readonly header: Claims; readonly claims: Claims } {
  const [head = '', body = '', signature = ''] = jwt.split('.');
  const key = createPublicKey({ key: { ...signer.jwk }, format: 'jwk' });
  const signed = Buffer.from(`${head}.${body}`);
  expect(verify(null, signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Claims;
  return { header: read(head), claims: read(body) };
}

describe('a token of the authorization server of a tool server', () => {
  it('is had for the user through the agent, by our own signed word and nothing else [SYS-016]', async () => {
    expect(await lend()).toMatchObject({ reusableMs: 270_000 });
    const [fields = {}] = posted;
    expect(fields).toEqual({
      client_id: 'bailiwick',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: expect.any(String),
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: expect.any(String),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      actor_token: expect.any(String),
      actor_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      audience: 'crm',
      scope: 'crm.read',
    });
    const now = clock.now() / 1_000;
    const times = { iat: now, exp: now + 60, aud: 'https://as.example', jti: expect.any(String) };
    const client = said(fields['client_assertion']);
    expect(client.header).toMatchObject({ alg: 'EdDSA', kid: signer.jwk['kid'] });
    expect(client.claims).toEqual({ iss: 'bailiwick', sub: 'bailiwick', ...times });
    expect(said(fields['subject_token']).claims).toEqual({
      iss: 'urn:us',
      sub: 'ada',
      sub_iss: 'https://idp.example',
      acr: 'phr',
      act: { sub: actor },
      may_act: { sub: actor },
      ...times,
    });
    expect(said(fields['actor_token']).claims).toEqual({ iss: 'urn:us', sub: actor, ...times });
  });

  it('is had by an assertion where the server takes such (ID-JAG)', async () => {
    const { audience: _none, ...rest } = use;
    await lend({ use: { ...rest, mode: 'id-jag', resource: 'https://crm.example/mcp' } });
    const [fields = {}] = posted;
    expect(fields['grant_type']).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    expect(fields['actor_token']).toBeUndefined();
    const { header, claims } = said(fields['assertion']);
    expect(header).toMatchObject({ typ: 'oauth-id-jag+jwt' });
    expect(claims).toMatchObject({
      sub: 'ada',
      client_id: 'bailiwick',
      resource: 'https://crm.example/mcp',
      scope: 'crm.read',
    });
  });

  it('is that of the client itself for an agent that acts for nobody [IDN-03]', async () => {
    answer = () => token({ sub: 'bailiwick' });
    const alone = { ...principal, user: undefined };
    for (const of of [
      { principal: alone },
      { use: { ...use, mode: 'client-credentials' as const } },
    ]) {
      expect(isRefusal(await lend(of))).toBe(false);
      expect(posted.at(-1)).toMatchObject({ grant_type: 'client_credentials' });
      expect(posted.at(-1)).not.toHaveProperty('subject_token');
    }
  });

  it.each([
    ['no actor', { sub: 'ada' }],
    ['another actor', { sub: 'ada', act: { sub: 'agent:main/other/i1' } }],
    ['an actor that is no object', { sub: 'ada', act: actor }],
  ])(
    'is not lent when it names %s: nobody is impersonated in silence [SYS-016]',
    async (_what, claims) => {
      answer = () => token(claims);
      expect(await lend()).toMatchObject({
        code: 'credentials/exchange-refused',
        recorded: { error: 'the token does not name the agent as its actor' },
      });
      expect(isRefusal(await lend({ use: { ...use, namesActor: false } }))).toBe(false);
    },
  );

  it.each([
    [{ status: 400, body: { error: 'invalid_grant' } }, 'credentials/exchange-refused'],
    [{ status: 401, body: 'no' }, 'credentials/exchange-refused'],
    [{ status: 302, body: {} }, 'credentials/exchange-refused'],
    [{ status: 200, body: {} }, 'credentials/exchange-refused'],
    [token(undefined, { token_type: 'DPoP' }), 'credentials/exchange-refused'],
    [token(undefined, { access_token: '' }), 'credentials/exchange-refused'],
    [{ status: 503, body: {} }, 'credentials/unavailable'],
    [{ status: 429, body: {} }, 'credentials/unavailable'],
  ])('is not lent of the answer %o', async (given, code) => {
    answer = () => given;
    expect(await lend()).toMatchObject({ kind: 'refusal', code });
  });

  it('is not asked for at an address that may not be asked, and the record says so', async () => {
    answer = () => {
      throw new BailiwickError('outbound/refused', { message: 'a private network' });
    };
    expect(await lend()).toMatchObject({
      code: 'credentials/exchange-refused',
      recorded: { error: 'a private network' },
    });
    answer = () => {
      throw new BailiwickError('outbound/unreachable');
    };
    await expect(lend()).rejects.toMatchObject({ code: 'outbound/unreachable' });
  });

  it('is kept no longer than it says, nor than the bound; one that says nothing, not at all', async () => {
    const kept = async (over: object) => {
      answer = () => token(undefined, over);
      const given = await lend();
      return isRefusal(given) ? given.code : given.reusableMs;
    };
    expect(await kept({ expires_in: undefined })).toBe(0);
    expect(await kept({ expires_in: '300' })).toBe(0);
    expect(await kept({ expires_in: 10 })).toBe(0);
    expect(await kept({ expires_in: 1e9 })).toBe(limits.exchangedTokenMs);
  });
});

describe('whoever is lent such a token', () => {
  const target = toolTarget({ server: 'crm', tool: 'read' });

  function lender() {
    return createLender({
      source: new FakeCredentialSource(),
      exchanges: createExchangeSource({ signer, poster, clock }),
      clock,
    });
  }

  async function borrow(
    from: ReturnType<typeof lender>,
    of: Partial<Principal> = {},
    isNamed = true,
  ) {
    const credentials = [
      { kind: 'exchange', header: 'authorization', prefix: 'Bearer ', exchange: use } as const,
    ];
    const whose = { principal: { ...principal, ...of }, issuer: 'urn:us' };
    const loan = await from.lend({
      tenant: 'main',
      owner: { name: 'crm', credentials },
      target,
      manifest: { targets: [exactly(target)] },
      secrets: {},
      ...(isNamed ? { whose } : {}),
      use: 'header',
      signal: new AbortController().signal,
    });
    return loan;
  }

  it('gets it in the header, and the records where it was had, never what it is', async () => {
    const loan = await borrow(lender());
    if (isRefusal(loan)) throw new Error(loan.code);
    const value = foreign({ sub: 'ada', act: { sub: actor } });
    expect(loan.lent).toEqual([
      { kind: 'header', header: 'authorization', value: `Bearer ${value}`, secret: value },
    ]);
    expect(loan.leases).toMatchObject([
      { secret: 'exchange:https://as.example/token', scope: 'crm/read', bound: 'call' },
    ]);
    expect(JSON.stringify(loan.leases)).not.toContain(value);
  });

  it('gets its own: another user, agent, instance or delegation is asked for anew', async () => {
    answer = () => token({ act: { sub: actor } });
    const from = lender();
    await borrow(from);
    await borrow(from);
    expect(posted).toHaveLength(1);
    const other = { ...principal.user, subject: 'bob' } as NonNullable<Principal['user']>;
    await borrow(from, { user: other });
    await borrow(from, { delegation: { ...principal.delegation, id: 'd2' } as never });
    await borrow(from, { instance: 'i2' });
    expect(posted).toHaveLength(4);
    expect(new Set(posted.map(({ subject_token: one }) => said(one).claims['sub']))).toEqual(
      new Set(['ada', 'bob']),
    );
  });

  it('waits with all who want the same for one answer', async () => {
    const from = lender();
    await Promise.all([borrow(from), borrow(from), borrow(from)]);
    expect(posted).toHaveLength(1);
  });

  it('gets nothing when nobody says whose call it is', async () => {
    expect(await borrow(lender(), {}, false)).toMatchObject({ code: 'credentials/unavailable' });
  });
});
