import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '#kernel/digest.ts';
import { isRefusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { exactly } from '#kernel/manifest.ts';
import type { Principal } from '#kernel/principal.ts';
import { ManualClock } from '#kernel/time.ts';
import { toolTarget } from '#kernel/tool.ts';
import { createTransactionVerifier, TransactionProblem } from '../../../sdk/index.ts';
import { FakeCredentialSource } from '../../../test/fakes/fake-credential-source.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { type AssertionSigner, createAssertionSigner } from './assertion-signer.ts';
import type { LendRequest, Loan } from './door.ts';
import { createLender } from './lender.ts';
import { transactionKey } from './transaction.ts';

const audience = 'https://crm.example/mcp';
const target = toolTarget({ server: 'crm', tool: 'read' });
const args: JsonObject = { id: 7, name: 'Ä"\u2028', nested: { b: [1.5, null], a: true } };

const principal: Principal = {
  kind: 'agent',
  tenant: 'main',
  agent: 'desk',
  instance: 'i1',
  user: undefined,
  task: 't1',
  session: 's1',
  hops: [],
  binding: 'dpop',
  keyThumbprint: 'k',
};
const user = { subject: 'ada', issuer: 'https://idp.example', groups: ['support'], acr: 'phr' };

let clock: ManualClock;
let signer: AssertionSigner;
let keys: readonly JsonObject[];
let http: Server;
let jwks: string;
let asked = 0;

beforeAll(async () => {
  http = createServer((_request, response) => {
    asked += 1;
    response.end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  jwks = `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
});
afterAll(() => void http.close());

beforeEach(async () => {
  clock = new ManualClock();
  signer = createAssertionSigner(await new FakeKeyring().signer(transactionKey));
  keys = [signer.jwk];
  asked = 0;
});

async function lend(of: Partial<LendRequest> = {}, by: AssertionSigner | undefined = signer) {
  const source = new FakeCredentialSource();
  const lender = createLender({ source, clock, ...(by && { transactions: by }) });
  return lender.lend({
    tenant: 'main',
    owner: { name: 'crm', credentials: [], transactions: { audience } },
    target,
    manifest: { targets: [exactly(target)] },
    secrets: {},
    whose: { principal, issuer: 'urn:us' },
    about: { intent: 'record-1', argumentsDigest: sha256Hex(canonicalBytes(args)) },
    use: 'header',
    signal: new AbortController().signal,
    ...of,
  });
}

function loanOf(answer: Awaited<ReturnType<typeof lend>>): Loan {
  if (isRefusal(answer)) throw new Error(answer.code);
  return answer;
}

async function tokenOf(of: Partial<LendRequest> = {}, by?: AssertionSigner): Promise<string> {
  const [one] = loanOf(await lend(of, by)).lent;
  expect(one).toMatchObject({ kind: 'header', header: 'txn-token' });
  return one?.value ?? '';
}

const verifier = () =>
  createTransactionVerifier({ issuer: 'urn:us', audience, jwks, now: () => clock.now() });

const refused = (ask: Promise<unknown>) =>
  ask.then(
    () => 'taken',
    (fault: unknown) => (fault instanceof TransactionProblem ? fault.message : fault),
  );

describe('a tool server that asks for transaction tokens', () => {
  it('learns for whom and through whom, on which record, and which bytes were judged [SYS-016]', async () => {
    const hops = [
      { agent: 'plan', instance: 'p1' },
      { agent: 'write', instance: 'w1' },
    ];
    const token = await tokenOf({
      whose: { principal: { ...principal, user, hops }, issuer: 'urn:us' },
    });
    const told = await verifier().verify({ token, name: 'read', arguments: args });
    expect(told).toMatchObject({
      txn: 'record-1',
      subject: 'ada',
      actors: ['agent:main/desk/i1', 'agent:main/write/w1', 'agent:main/plan/p1'],
      scope: 'tool:crm/read',
      claims: {
        req_wl: 'agent:main/desk/i1',
        rctx: { sub_iss: 'https://idp.example', acr: 'phr' },
        tctx: { target: 'tool:crm/read', kind: 'tool', name: 'read', task: 't1' },
      },
    });
    expect(JSON.stringify(told.claims)).not.toContain('support');
  });

  it('is told the machine account of an agent that acts for nobody [IDN-03]', async () => {
    const token = await tokenOf();
    const told = await verifier().verify({ token, name: 'read', arguments: args });
    expect(told).toMatchObject({ subject: 'agent:main/desk/i1', actors: [] });
    expect(told.claims).not.toHaveProperty('rctx');
  });

  it.each([
    ['another argument', { arguments: { ...args, id: 8 } }],
    ['one argument more', { arguments: { ...args, more: 1 } }],
    ['no arguments', { arguments: undefined }],
    ['another tool', { name: 'write' }],
    ['another kind of thing', { kind: 'resource' as const }],
  ])('refuses %s than what was judged', async (_what, over) => {
    const token = await tokenOf();
    const answer = refused(verifier().verify({ token, name: 'read', arguments: args, ...over }));
    expect(await answer).toMatch(/another request|judged/);
  });

  it('takes arguments in whatever order and form their members come', async () => {
    const token = await tokenOf();
    const same = JSON.parse('{"nested":{"a":true,"b":[15e-1,null]},"name":"Ä\\"\\u2028","id":7.0}');
    expect(await verifier().verify({ token, name: 'read', arguments: same })).toBeDefined();
  });

  it('takes one for no longer than it says, which is half a minute, and none from the future', async () => {
    const token = await tokenOf();
    const verify = verifier();
    const taken = () =>
      refused(verify.verify({ token, name: 'read', arguments: args }).then(() => 0));
    clock.advance(limits.transactionTokenMs + 4_000);
    expect(await taken()).toBe('taken');
    clock.advance(1_000);
    expect(await taken()).toMatch(/moment/);
    clock.advance(-limits.transactionTokenMs - 11_000);
    expect(await taken()).toMatch(/moment/);
  });

  it('takes none of another issuer, for another server, of another kind, unsigned, or by another key [TOL-12]', async () => {
    const verify = verifier();
    const no = (token: string | string[] | undefined) =>
      refused(verify.verify({ token, name: 'read', arguments: args }));
    expect(await no(await tokenOf({ whose: { principal, issuer: 'urn:them' } }))).toMatch(
      /somebody else/,
    );
    const elsewhere = {
      name: 'crm',
      credentials: [],
      transactions: { audience: 'https://x.example' },
    };
    expect(await no(await tokenOf({ owner: elsewhere }))).toMatch(/somebody else/);
    const other = createAssertionSigner(await new FakeKeyring().signer('assertions'));
    expect(await no(await tokenOf({}, other))).toMatch(/not signed by the gateway/);
    expect(await no(signer.sign('JWT', { iss: 'urn:us', aud: audience }))).toMatch(
      /no transaction/,
    );
    const good = await tokenOf();
    const [, body = '', tail = ''] = good.split('.');
    const head = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const typ = 'txntoken+jwt';
    const { kid } = signer.jwk;
    expect(await no(`${head({ alg: 'none', typ, kid })}.${body}.`)).toMatch(/no transaction/);
    expect(await no(`${head({ alg: 'HS256', typ, kid })}.${body}.${tail}`)).toMatch(
      /no transaction/,
    );
    expect(await no(`${head({ alg: 'EdDSA', typ, kid, crit: [] })}.${body}.${tail}`)).toMatch(
      /no tran/,
    );
    expect(await no(`${head({ alg: 'EdDSA', typ, kid })}.${body}.${tail}`)).toMatch(/not signed/);
    expect(await no([good, good])).toMatch(/several/);
    expect(await no(undefined)).toMatch(/no transaction token/);
  });

  it('asks for keys once, however many tokens name keys that nobody has, and hears of a new one', async () => {
    const verify = verifier();
    const next = createAssertionSigner(await new FakeKeyring().signer('next'));
    const ask = async (by: AssertionSigner) => {
      const token = await tokenOf({}, by);
      return refused(verify.verify({ token, name: 'read', arguments: args }));
    };
    await Promise.all([ask(signer), ask(next), ask(next), ask(signer)]);
    for (let tries = 0; tries < 50; tries += 1) await ask(next);
    expect(asked).toBe(1);
    keys = [next.jwk];
    clock.advance(11_000);
    expect(await ask(next)).toBe('taken');
    expect(await ask(signer)).toMatch(/not signed/);
    expect(asked).toBe(2);
  });
});

describe('the lender', () => {
  it('has it in the records by digest alone, and takes it out of what comes back', async () => {
    const { lent, leases } = loanOf(await lend());
    expect(leases).toMatchObject([
      { secret: 'transaction-token', scope: 'crm/read', bound: 'call' },
    ]);
    const [{ value, secret } = { value: '', secret: 'x' }] = lent;
    expect(secret).toBe(value);
    expect(JSON.stringify(leases)).not.toContain(value);
  });

  it('signs none that nobody asked for, none without a record, and none where it has no key', async () => {
    expect(loanOf(await lend({ owner: { name: 'crm', credentials: [] } })).lent).toEqual([]);
    expect(loanOf(await lend({ use: 'environment' })).lent).toEqual([]);
    const code = 'credentials/unavailable';
    expect(await lend({ about: undefined as never })).toMatchObject({ code });
    expect(await lend({ whose: undefined as never })).toMatchObject({ code });
    const lender = createLender({ source: new FakeCredentialSource(), clock });
    expect(
      await lender.lend({
        tenant: 'main',
        owner: { name: 'crm', credentials: [], transactions: { audience } },
        target,
        manifest: { targets: [exactly(target)] },
        secrets: {},
        whose: { principal, issuer: 'urn:us' },
        about: { intent: 'r', argumentsDigest: 'd' },
        use: 'header',
        signal: new AbortController().signal,
      }),
    ).toMatchObject({ code });
  });
});
