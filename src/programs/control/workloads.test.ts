import { createHmac, generateKeyPairSync } from 'node:crypto';
import type { JWTHeaderParameters, JWTPayload } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { workloadIssuerKind } from '#planes/identity/index.ts';
import { generateInstanceKey } from '../../../sdk/index.ts';
import { testKey } from '../../../test/fakes/fake-identity-provider.ts';
import { enrolProof } from '../../../test/fakes/identity-world.ts';
import { createWorkloadWorld, type WorkloadWorld } from '../../../test/fakes/workload-world.ts';

const audience = 'https://bailiwick.example';

let world: WorkloadWorld;
let clock: WorkloadWorld['clock'];
let platform: WorkloadWorld['platform'];
let book: WorkloadWorld['book'];
let enrolment: WorkloadWorld['enrolment'];
let records: WorkloadWorld['records'];

beforeEach(async () => {
  world = await createWorkloadWorld('forge', {
    audience,
    loopback: true,
    agents: [
      {
        agent: 'deployer',
        subject: 'repo:acme/shop:environment:*',
        claims: { repository_id: '42', ref: ['refs/heads/main', 'refs/heads/next'] },
      },
      {
        agent: 'worker',
        subject: 'system:serviceaccount:agents:worker',
        claims: { '/kubernetes.io/namespace': 'agents' },
      },
    ],
  });
  ({ clock, platform, book, enrolment, records } = world);
  // What platforms say: nothing of a sign-in.
  platform.metadata = { authorization_endpoint: undefined, token_endpoint: undefined };
});
afterEach(() => platform.close());

/** As a forge makes one for a job, to the claim. */
const job: JWTPayload = {
  sub: 'repo:acme/shop:environment:prod',
  aud: audience,
  ref: 'refs/heads/main',
  repository: 'acme/shop',
  repository_id: '42',
  repository_owner_id: '7',
  job_workflow_ref: 'acme/shop/.github/workflows/ship.yml@refs/heads/main',
  actor: 'octocat',
  event_name: 'push',
};

/** As a cluster projects one into a pod. */
const pod: JWTPayload = {
  sub: 'system:serviceaccount:agents:worker',
  aud: [audience] as never,
  'kubernetes.io': {
    namespace: 'agents',
    node: { name: 'n1', uid: 'u1' },
    pod: { name: 'worker-1', uid: 'u2' },
    serviceaccount: { name: 'worker', uid: 'u3' },
  },
};

let count = 0;
const signed = (claims: JWTPayload, header: Partial<JWTHeaderParameters> = {}) => {
  count += 1;
  const nbf = platform.seconds();
  return platform.sign({ jti: `j-${count}`, nbf, ...claims }, header);
};

function come(workloadToken: string, key = generateInstanceKey(), over: string = workloadToken) {
  const proof = enrolProof(key, over, clock.now());
  return enrolment.enrolWorkload({ workloadToken, jwk: key.jwk, proof });
}

const codeOf = (ask: Promise<unknown>): Promise<string> =>
  ask.then(
    () => 'enrolled',
    ({ code }: { code?: unknown }) => String(code),
  );

describe('a workload that its platform vouches for', () => {
  it('enrols a key of its own as the agent that a document says, without a join token, on record [IDN-02] [IDN-13]', async () => {
    expect(await come(await signed(job))).toMatchObject({ tenant: 'main', agent: 'deployer' });
    expect(await come(await signed(pod))).toMatchObject({ tenant: 'main', agent: 'worker' });
    expect(records.map(({ type }) => type)).toEqual(['identity.enrolled', 'identity.enrolled']);
    expect(records[0]?.details).toMatchObject({ issuer: 'forge', subject: job.sub });
    expect(await book.listAll()).toHaveLength(2);
  });

  it.each<[string, JWTPayload, string]>([
    ['another issuer', { iss: 'https://elsewhere.example' }, 'identity/invalid-token'],
    ['another audience', { aud: 'https://else.example' }, 'identity/wrong-audience'],
    ['one audience more', { aud: [audience, 'https://b.example'] }, 'identity/wrong-audience'],
    ['no audience', { aud: undefined as never }, 'identity/wrong-audience'],
    ['another subject', { sub: 'repo:acme/other:environment:prod' }, 'identity/workload-refused'],
    ['more behind its subject', { sub: `${job.sub}:x` }, 'identity/workload-refused'],
    [
      'a subject over a border',
      { sub: 'repo:acme/shop:environment:a:b' },
      'identity/workload-refused',
    ],
    ['no subject', { sub: undefined as never }, 'identity/invalid-token'],
    ['another repository', { repository_id: '43' }, 'identity/workload-refused'],
    ['another branch', { ref: 'refs/heads/mine' }, 'identity/workload-refused'],
    ['a claim less', { ref: undefined }, 'identity/workload-refused'],
    ['a token of before', { exp: 1 }, 'identity/expired-token'],
    ['no end', { exp: undefined as never }, 'identity/invalid-token'],
    ['a key that nobody proved', { cnf: { jkt: 'x' } }, 'identity/invalid-token'],
  ])('is refused with %s, on record and with no key', async (_what, over, code) => {
    expect(await codeOf(come(await signed({ ...job, ...over })))).toBe(code);
    expect(records.at(-1)).toMatchObject({ type: 'identity.refused', refusal: { code } });
    expect(await book.listAll()).toEqual([]);
  });

  it.each<[string, JWTPayload]>([
    ['an ID token', { nonce: 'n' }],
    ['a way of signing in', { amr: ['pwd'] }],
    ['a moment of signing in', { auth_time: 1 }],
    ['a session', { sid: 's' }],
    ['a user of Entra', { idtyp: 'user' }],
    ['a client that is not its subject', { client_id: 'app' }],
    ['a party that is not its subject', { azp: 'app' }],
  ])('is no human: %s is refused, whatever rules list [IDN-02]', async (_what, over) => {
    expect(await codeOf(come(await signed({ ...job, ...over })))).toBe('identity/user-token');
    expect(records.at(-1)).toMatchObject({ refusal: { code: 'identity/user-token' } });
  });

  it.each<[string, JWTPayload]>([
    ['RFC 9068', { client_id: job.sub }],
    ['a service account of Google', { azp: job.sub, email: 'x@p.iam.gserviceaccount.com' }],
    ['an application of Entra', { azp: 'app', oid: job.sub, idtyp: 'app' }],
    ['an application of Auth0', { azp: 'repo:acme/shop:environment:prod' }],
  ])('may say twice who it is: %s', async (_what, over) => {
    expect(await codeOf(come(await signed({ ...job, ...over })))).toBe('enrolled');
  });

  it('serves once, by its name or by what was signed, for whatever key, also after it was refused', async () => {
    const token = await signed(job);
    expect(await codeOf(come(token))).toBe('enrolled');
    expect(await codeOf(come(token))).toBe('identity/join-token-invalid');
    const again = await platform.sign({ ...job, jti: `j-${count}` });
    expect(await codeOf(come(again))).toBe('identity/join-token-invalid');
    const unnamed = await platform.sign(job);
    expect(await codeOf(come(unnamed))).toBe('enrolled');
    expect(await codeOf(come(unnamed))).toBe('identity/join-token-invalid');
  });

  it('is nobody to whoever holds its token alone: the key that comes in signs over it', async () => {
    const token = await signed(job);
    const other = await signed(job);
    expect(await codeOf(come(token, generateInstanceKey(), other))).toBe('identity/invalid-proof');
    expect(platform.asked).toEqual([]);
    expect(await codeOf(come(token))).toBe('enrolled');
  });

  it('gets no second life for a key that is somebody’s', async () => {
    const key = generateInstanceKey();
    expect(await codeOf(come(await signed(job), key))).toBe('enrolled');
    expect(await codeOf(come(await signed(pod), key))).toBe('identity/key-in-use');
  });

  it('is none where two rules make two agents of it, or the agent is gone', async () => {
    const [first, second] = world.spec['agents'] as JsonObject[];
    world.spec = { ...world.spec, agents: [first ?? {}, { ...first, agent: 'worker' }] };
    expect(await codeOf(come(await signed(job)))).toBe('identity/workload-refused');
    world.spec = { ...world.spec, agents: [{ ...first, agent: 'gone' }, second ?? {}] };
    expect(await codeOf(come(await signed(job)))).toBe('identity/unknown-agent');
  });

  it('is judged by the document that its token is for, where its platform has several', async () => {
    const agents = [{ agent: 'worker', subject: job.sub ?? '' }];
    world.before = { earlier: { ...world.spec, audience: 'https://else.example', agents } };
    expect(await come(await signed(job))).toMatchObject({ agent: 'deployer' });
    const other = { ...job, aud: 'https://else.example' };
    expect(await come(await signed(other))).toMatchObject({ agent: 'worker' });
    expect(records.map(({ details }) => details?.['issuer'])).toEqual(['forge', 'earlier']);
    const neither = { ...job, aud: 'https://third.example' };
    expect(await codeOf(come(await signed(neither)))).toBe('identity/wrong-audience');
    expect(records.at(-1)?.details).toMatchObject({ issuer: 'earlier forge' });
  });

  it('is not enrolled while nothing can be recorded', async () => {
    world.isFailing = true;
    expect(await codeOf(come(await signed(job)))).toBe('audit/unavailable');
    expect(await book.listAll()).toEqual([]);
  });

  it('brings no token that is too old, too large or from the future', async () => {
    const old = platform.seconds(-limits.workloadTokenMs / 1_000 - 61);
    expect(await codeOf(come(await signed({ ...job, iat: old, nbf: old })))).toBe(
      'identity/invalid-token',
    );
    const later = platform.seconds(120);
    expect(await codeOf(come(await signed({ ...job, iat: later, exp: later + 60 })))).toBe(
      'identity/invalid-token',
    );
    const large = await signed({ ...job, more: 'x'.repeat(limits.userTokenBytes) });
    expect(await codeOf(come(large))).toBe('identity/invalid-token');
  });
});

describe('the keys of a platform', () => {
  it('sign with nothing that is no key of it: none, HMAC with its public key, another one, another kind', async () => {
    const [, body = '', tail = ''] = (await signed(job)).split('.');
    const head = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const hmac = (header: string) =>
      createHmac('sha256', JSON.stringify(platform.keys[0]?.jwk))
        .update(`${header}.${body}`)
        .digest('base64url');
    const symmetric = head({ alg: 'HS256', kid: 'k1' });
    const stranger = await platform.sign({ ...job, jti: 'x' }, {}, await testKey('k1'));
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const rsa = { kid: 'k1', alg: 'RS256', privateKey: privateKey as never, jwk: {} };
    for (const token of [
      `${head({ alg: 'none' })}.${body}.`,
      `${head({ alg: 'none', kid: 'k1' })}.${body}.${tail}`,
      `${symmetric}.${body}.${hmac(symmetric)}`,
      `${head({ alg: 'ES256', kid: 'k1', crit: ['b64'] })}.${body}.${tail}`,
      stranger,
      await platform.sign({ ...job, jti: 'y' }, {}, rsa),
      await signed(job, { typ: 'oauth-id-jag+jwt' }),
      'a.b.c',
      'no token',
    ]) {
      expect(await codeOf(come(token))).toBe('identity/invalid-token');
    }
    expect(await book.listAll()).toEqual([]);
  });

  it('are asked for once, however many tokens name keys that nobody has; a new one is heard of', async () => {
    expect(await codeOf(come(await signed(job)))).toBe('enrolled');
    const next = await testKey('k2');
    for (let tries = 0; tries < 30; tries += 1) {
      const token = await platform.sign({ ...job, jti: `f-${tries}` }, {}, next);
      expect(await codeOf(come(token))).toBe('identity/invalid-token');
    }
    expect(platform.asked.filter((path) => path === '/jwks').length).toBeLessThanOrEqual(2);
    platform.keys = [next];
    clock.advance(limits.providerAgainMs);
    expect(await codeOf(come(await signed(job)))).toBe('enrolled');
  });

  it('count from memory while it is away, and not for ever', async () => {
    expect(await codeOf(come(await signed(job)))).toBe('enrolled');
    platform.isAway = true;
    clock.advance(limits.providerFreshMs);
    expect(await codeOf(come(await signed(job)))).toBe('enrolled');
    clock.advance(limits.providerStaleMs);
    expect(await codeOf(come(await signed(job)))).toBe('identity/provider-fault');
  });

  it('are asked for at no address that no document lets be asked', async () => {
    world.spec = { ...world.spec, issuer: 'https://localhost:1', loopback: true };
    expect(await codeOf(come(await signed({ ...job, iss: 'https://elsewhere' })))).toBe(
      'identity/invalid-token',
    );
    platform.metadata = { jwks_uri: 'https://10.0.0.1/keys' };
    world.spec = { ...world.spec, issuer: platform.url };
    expect(await codeOf(come(await signed(job)))).toBe('identity/provider-fault');
    platform.metadata = { issuer: 'https://else.example' };
    clock.advance(limits.providerAgainMs);
    expect(await codeOf(come(await signed(job)))).toBe('identity/provider-fault');
  });
});

describe('kind: WorkloadIssuer', () => {
  const problems = (over: JsonObject) => {
    const parsed = workloadIssuerKind.parse('forge', { ...world.spec, ...over });
    return parsed.kind === 'problems' ? parsed.problems.map(({ message }) => message).join() : '';
  };
  const rule = (over: JsonObject) => ({
    agents: [{ agent: 'a', subject: 'repo:x', ...over }],
  });

  it('names workloads: what would be all of them, or could be read in two ways, is a problem', () => {
    expect(problems({})).toBe('');
    for (const subject of ['*', '*:*', 'a:**', 'a:*b*', '', 'x'.repeat(256)]) {
      expect(problems(rule({ subject })), subject).not.toBe('');
    }
    expect(problems({ agents: [] })).not.toBe('');
    expect(problems({ loopback: false })).toMatch(/loopback/);
    expect(problems({ issuer: 'http://forge.example' })).toMatch(/https/);
    expect(problems({ issuer: 'https://forge.example/?x=1' })).toMatch(/query/);
    expect(problems({ audience: '' })).not.toBe('');
  });

  it('reads a subject to the letter: nothing of it is a pattern but `*`', async () => {
    world.spec = { ...world.spec, ...rule({ subject: 'repo:a.c/(x|y)+:*' }) };
    const of = async (sub: string) => codeOf(come(await signed({ ...job, sub })));
    expect(await of('repo:a.c/(x|y)+:main')).toBe('enrolled');
    expect(await of('repo:abc/(x|y)+:main')).toBe('identity/workload-refused');
    expect(await of('repo:a.c/x:main')).toBe('identity/workload-refused');
    expect(await of('repo:a.c/(x|y)+:')).toBe('identity/workload-refused');
  });
});
