import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Presented } from '#kernel/call.ts';
import { isRefusal, type Refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { RosterEntry } from '#kernel/snapshot.ts';
import { generateInstanceKey, type InstanceKey } from '../../../sdk/index.ts';
import { signJws } from '../../../sdk/key.ts';
import {
  createIdentityWorld,
  gatewayUrl,
  type IdentityWorld,
  presented,
  proven,
  type ProofFields,
  type TestInstance,
} from '../../../test/fakes/identity-world.ts';
import { atOnce } from '../../../test/fakes/at-once.ts';
import type { IdentityGate } from './door.ts';
import { createIdentityGate } from './index.ts';

let world: IdentityWorld;
let gate: IdentityGate;
let a: TestInstance;
let b: TestInstance;
let token: string;

beforeEach(async () => {
  world = await createIdentityWorld();
  gate = createIdentityGate();
  a = await world.enrol('support');
  b = await world.enrol('refunds', generateInstanceKey('EdDSA'));
  token = await world.token(a);
});

function identifiedBy(...asked: Parameters<IdentityGate['identify']>): Principal | Refusal {
  return atOnce(gate.identify(...asked));
}

function identify(request: Presented, tenant = 'main'): Principal | Refusal {
  return identifiedBy(request, world.context(tenant));
}

function codeOf(answer: Principal | Refusal): string {
  return isRefusal(answer) ? answer.code : 'identified';
}

function fields(changes: Partial<ProofFields> = {}): ProofFields {
  const now = world.clock.now();
  return { key: a.key, accessToken: token, nonce: gate.nonce(now), now, ...changes };
}

/** A proof with header and claims of one's own choice, signed by the key. */
function forged(options: {
  readonly key?: InstanceKey;
  readonly header?: object;
  readonly claims?: object;
}): Presented {
  const good = proven(fields());
  const [head = '', body = ''] = (good.dpop ?? '').split('.');
  const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object;
  const header = { ...decode(head), ...options.header };
  const claims = { ...decode(body), ...options.claims };
  return { ...good, dpop: signJws(options.key ?? a.key, header, claims) };
}

describe('a proof of possession', () => {
  it('identifies the instance that holds the key, whichever algorithm it has [IDN-01]', async () => {
    const other = await world.token(b);
    expect(identify(proven(fields()))).toEqual({
      kind: 'agent',
      tenant: 'main',
      agent: 'support',
      instance: a.enrolled.instance,
      user: undefined,
      task: 'task-of-main-support',
      session: `session-of-${a.enrolled.instance}`,
      hops: [],
      binding: 'dpop',
      keyThumbprint: a.key.thumbprint,
    });
    expect(identify(proven(fields({ key: b.key, accessToken: other })))).toMatchObject({
      agent: 'refunds',
      instance: b.enrolled.instance,
    });
  });

  it('keeps one session per instance over tokens, and another for others', async () => {
    const first = identify(proven(fields()));
    const again = identify(proven(fields({ accessToken: await world.token(a) })));
    const other = identify(proven(fields({ key: b.key, accessToken: await world.token(b) })));
    expect(again).toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
    expect(other).not.toMatchObject({ session: (first as Principal).session });
  });

  it('of one agent does not serve another: its key, its token, its own proof [IDN-01]', async () => {
    const tokenOfB = await world.token(b);
    const answers = [
      identify(proven(fields({ accessToken: tokenOfB }))),
      identify(proven(fields({ key: b.key }))),
      identify({ ...proven(fields()), authorization: `DPoP ${tokenOfB}` }),
    ];
    expect(answers.map(codeOf)).toEqual(Array.from({ length: 3 }, () => 'identity/key-mismatch'));
    expect(answers.every((answer) => isRefusal(answer) && answer.status === 401)).toBe(true);
  });

  it('serves once [IDN-01, IDN-05]', () => {
    const request = proven(fields());
    expect(codeOf(identify(request))).toBe('identified');
    expect(codeOf(identify(request))).toBe('identity/replayed-proof');
    world.clock.advance(limits.proofAgeMs + limits.clockSkewMs);
    expect(codeOf(identify(request))).toBe('identity/replayed-proof');
    world.clock.advance(1_000);
    expect(codeOf(identify(request))).toBe('identity/proof-expired');
  });

  it('is not asked for again while the same request is judged anew; all else is [IDN-01, IDN-23]', async () => {
    const request = proven(fields());
    const proved = identify(request);
    if (isRefusal(proved)) throw new Error(proved.message);
    const again = (by: Principal, over: object = {}) =>
      codeOf(identifiedBy(request, { ...world.context(), proven: by, ...over }));
    expect(again(proved)).toBe('identified');
    expect(again({ ...proved, keyThumbprint: b.key.thumbprint })).toBe('identity/replayed-proof');
    expect(again({ ...proved, keyThumbprint: undefined })).toBe('identity/replayed-proof');
    expect(again(proved, { tenant: 'other' })).toBe('identity/tenant-mismatch');
    expect(again(proved, { roster: { number: 9, instances: {} } })).toBe('identity/key-mismatch');
    world.clock.advance(limits.accessTokenMs);
    expect(again(proved)).toBe('identity/expired-token');
  });

  it('does not become young again when the clock is set back', () => {
    const request = proven(fields());
    expect(codeOf(identify(request))).toBe('identified');
    world.clock.advance(200_000);
    for (let n = 0; n < 30; n += 1) identify(proven(fields()));
    world.clock.advance(-200_000);
    expect(codeOf(identify(request))).toBe('identity/nonce-required');
  });

  it.each([
    ['another method', { method: 'GET' }, 'identity/invalid-proof'],
    ['another path', { url: `${gatewayUrl}/x` }, 'identity/invalid-proof'],
    ['another host', { url: 'http://127.0.0.1:4011/mcp' }, 'identity/invalid-proof'],
    ['another scheme', { url: 'https://127.0.0.1:4010/mcp' }, 'identity/invalid-proof'],
    ['no nonce', { nonce: undefined }, 'identity/nonce-required'],
    ['the nonce of another gateway', { nonce: 'A'.repeat(22) }, 'identity/nonce-required'],
  ])('made for %s is refused', (_what, changes, code) => {
    expect(codeOf(identify(proven(fields(changes))))).toBe(code);
  });

  it.each([
    ['too old', -limits.proofAgeMs - limits.clockSkewMs - 1_000, 'identity/proof-expired'],
    ['as old as it may be', -limits.proofAgeMs - limits.clockSkewMs, 'identified'],
    ['as far ahead as clocks may differ', limits.clockSkewMs, 'identified'],
    ['from the future', limits.clockSkewMs + 1_000, 'identity/proof-expired'],
  ])('that is %s is judged by our clock', (_what, offset, code) => {
    const now = world.clock.now();
    expect(codeOf(identify(proven(fields({ now: now + offset }))))).toBe(code);
  });

  it('may write the address in another form, but not with a name and password', () => {
    const same = forged({ claims: { htu: 'HTTP://127.0.0.1:4010/a/../mcp?x=1#y' } });
    expect(codeOf(identify(same))).toBe('identified');
    const named = forged({ claims: { htu: 'http://root@127.0.0.1:4010/mcp' } });
    expect(codeOf(identify(named))).toBe('identity/invalid-proof');
  });

  it('may carry the nonce before the current one, not an older one', () => {
    const first = gate.nonce(world.clock.now());
    world.clock.advance(limits.nonceMs);
    expect(codeOf(identify(proven(fields({ nonce: first }))))).toBe('identified');
    world.clock.advance(limits.nonceMs);
    expect(gate.nonce(world.clock.now())).not.toBe(first);
    expect(codeOf(identify(proven(fields({ nonce: first }))))).toBe('identity/nonce-required');
  });

  it('needs a nonce that is not older than two turns, however quiet the gateway was', async () => {
    const first = gate.nonce(world.clock.now());
    world.clock.advance(2 * limits.nonceMs);
    token = await world.token(a);
    expect(codeOf(identify(proven(fields({ nonce: first }))))).toBe('identity/nonce-required');
  });

  it('is refused with a header that is not exactly of its kind [IDN-05]', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const secret = privateKey.export({ format: 'jwk' }) as Record<string, string>;
    const headers: object[] = [
      { typ: 'JWT' },
      { typ: undefined },
      { alg: 'none' },
      { alg: 'HS256' },
      { alg: 'EdDSA' },
      { alg: 'RS256' },
      { crit: ['exp'] },
      { jwk: undefined },
      { jwk: { ...a.key.jwk, d: secret['d'] } },
      { jwk: { kty: 'oct', k: 'AAAA' } },
      { jwk: { ...a.key.jwk, crv: 'P-384' } },
      { jwk: { ...a.key.jwk, x: `${a.key.jwk['x']}=` } },
      { jwk: { kty: 'OKP', crv: 'Ed25519', x: Buffer.alloc(32).toString('base64url') } },
    ];
    const codes = headers.map((header) => codeOf(identify(forged({ header }))));
    expect(codes).toEqual(headers.map(() => 'identity/invalid-proof'));
  });

  it('is refused with claims that are missing or not what they should be', () => {
    const claims: object[] = [
      { jti: undefined },
      { jti: 'short' },
      { jti: 'x'.repeat(129) },
      { jti: 12_345_678 },
      { iat: undefined },
      { iat: `${Math.floor(world.clock.now() / 1_000)}` },
      { ath: undefined },
      { ath: 'A'.repeat(43) },
      { htm: undefined },
      { htm: 'post' },
      { htu: undefined },
      { htu: 'no address' },
    ];
    const codes = claims.map((changes) => codeOf(identify(forged({ claims: changes }))));
    expect(codes).toEqual(claims.map(() => 'identity/invalid-proof'));
  });

  it('is refused when the token is used as the secret of a symmetric signature', () => {
    const good = proven(fields());
    const [, body = ''] = (good.dpop ?? '').split('.');
    const header = { typ: 'dpop+jwt', alg: 'HS256', jwk: a.key.jwk };
    const signed = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${body}`;
    const mac = createHmac('sha256', JSON.stringify(a.key.jwk)).update(signed).digest('base64url');
    expect(codeOf(identify({ ...good, dpop: `${signed}.${mac}` }))).toBe('identity/invalid-proof');
  });

  it('is refused when its JSON could be read in two ways', () => {
    const good = proven(fields());
    const [head = '', body = ''] = (good.dpop ?? '').split('.');
    const claims = Buffer.from(body, 'base64url').toString().replace('{', '{"htm":"GET",');
    const signed = `${head}.${Buffer.from(claims).toString('base64url')}`;
    const key = { key: a.key.privateKey, dsaEncoding: 'ieee-p1363' } as const;
    const signature = sign('sha256', Buffer.from(signed), key).toString('base64url');
    const dpop = `${signed}.${signature}`;
    expect(codeOf(identify({ ...good, dpop }))).toBe('identity/invalid-proof');
  });

  it('is refused when there is no room to remember it, and nothing is forgotten for it', async () => {
    gate = createIdentityGate({ replayEntries: 8 });
    const first = proven(fields());
    const tokenOfB = await world.token(b);
    const codes = [first, ...Array.from({ length: 4 }, () => proven(fields()))].map((request) =>
      codeOf(identify(request)),
    );
    expect(codes).toEqual([
      ...Array.from({ length: 4 }, () => 'identified'),
      'identity/too-many-proofs',
    ]);
    expect(codeOf(identify(first))).toBe('identity/replayed-proof');
    // One key has its half; the other half is there for others.
    expect(codeOf(identify(proven(fields({ key: b.key, accessToken: tokenOfB }))))).toBe(
      'identified',
    );
    world.clock.advance(120_000);
    expect(codeOf(identify(proven(fields())))).toBe('identified');
  });
});

describe('a stranger', () => {
  const strangerIn = (request: Presented, tenant = 'main') =>
    gate.stranger(request, world.context(tenant))?.code;

  it("is who has a credential that is nobody's", () => {
    expect(strangerIn(presented({ authorization: 'Bearer nobody' }))).toBe('identity/api-key');
    expect(strangerIn(presented({ authorization: 'Basic YTpi' }))).toBe('identity/api-key');
    expect(strangerIn(presented({ authorization: `DPoP ${token.slice(0, -4)}AAAA` }))).toBe(
      'identity/invalid-token',
    );
    expect(strangerIn(proven(fields()), 'other')).toBe('identity/tenant-mismatch');
    expect(strangerIn({ ...proven(fields()), ambiguous: true })).toBe('admit/duplicate-header');
    world.clock.advance(limits.accessTokenMs);
    expect(strangerIn(proven(fields()))).toBe('identity/expired-token');
  });

  it('is not who may be somebody, and nothing of it is spent: the proof still proves', () => {
    const request = proven(fields());
    expect(strangerIn(request)).toBeUndefined();
    expect(strangerIn(request)).toBeUndefined();
    expect(codeOf(identify(request))).toBe('identified');
    expect(codeOf(identify(request))).toBe('identity/replayed-proof');
    // Whoever has a token without its key is refused where the proof is judged, and only there.
    expect(strangerIn(presented({ authorization: `Bearer ${token}` }))).toBeUndefined();
    expect(codeOf(identify(presented({ authorization: `Bearer ${token}` })))).toBe(
      'identity/invalid-proof',
    );
  });

  it('is an instance from the moment that it is revoked', async () => {
    const request = proven(fields());
    await world.revoke(a.enrolled);
    expect(strangerIn(request)).toBe('identity/key-mismatch');
  });
});

describe('a token', () => {
  it('that is bound to a key is worth nothing without its proof [IDN-01, IDN-05]', () => {
    const bearer = presented({ authorization: `Bearer ${token}` });
    const bare = presented({ authorization: `DPoP ${token}` });
    expect(codeOf(identify(bearer))).toBe('identity/invalid-proof');
    expect(codeOf(identify(bare))).toBe('identity/invalid-proof');
  });

  it('ends with its time, also when it is known already', async () => {
    expect(codeOf(identify(proven(fields())))).toBe('identified');
    world.clock.advance(limits.accessTokenMs);
    expect(codeOf(identify(proven(fields())))).toBe('identity/expired-token');
    gate = createIdentityGate();
    expect(codeOf(identify(proven(fields())))).toBe('identity/expired-token');
  });

  it('of another audience, issuer or tenant is refused [IDN-05]', async () => {
    const context = world.context();
    const request = proven(fields());
    const elsewhere = { ...context.trust, audience: 'urn:other' };
    expect(codeOf(identifiedBy(request, { ...context, trust: elsewhere }))).toBe(
      'identity/wrong-audience',
    );
    expect(codeOf(identify(request, 'globex'))).toBe('identity/tenant-mismatch');
    const stranger = await createIdentityWorld();
    const foreign = await stranger.token(await stranger.enrol('support', a.key));
    expect(codeOf(identify(proven(fields({ accessToken: foreign }))))).toBe('identity/user-token');
  });

  it('is not believed from memory when the trust has changed', async () => {
    expect(codeOf(identify(proven(fields())))).toBe('identified');
    const { trust } = world.context();
    const other = (await createIdentityWorld()).context().trust;
    const replaced = { ...trust, keys: other.keys };
    const answer = identifiedBy(proven(fields()), { ...world.context(), trust: replaced });
    expect(codeOf(answer)).toBe('identity/invalid-token');
  });

  it('of a key that is not enrolled any more is refused at the next call [IDN-23]', async () => {
    expect(codeOf(identify(proven(fields())))).toBe('identified');
    const { tenant, instance } = a.enrolled;
    await world.revoke({ tenant, instance });
    expect(codeOf(identify(proven(fields())))).toBe('identity/key-mismatch');
  });

  it('without a key identifies by itself, marked as bound to nothing', async () => {
    const ask = { tenant: 'main', agent: 'support', by: 'ada' };
    const { accessToken, tokenType } = await world.enrolment.issueUnboundToken(ask);
    const second = await world.enrolment.issueUnboundToken(ask);
    expect(tokenType).toBe('Bearer');
    const one = identify(presented({ authorization: `Bearer ${accessToken}` }));
    const two = identify(presented({ authorization: `Bearer ${second.accessToken}` }));
    expect(one).toMatchObject({ agent: 'support', binding: 'none', keyThumbprint: undefined });
    expect(two).not.toMatchObject({ session: (one as Principal).session });
    expect(two).toMatchObject({ task: (one as Principal).task });
    expect(identify(proven(fields()))).toMatchObject({ task: (one as Principal).task });
    const dpop = proven(fields({ accessToken }));
    expect(codeOf(identify(dpop))).toBe('identity/invalid-token');
  });
});

describe('the task of a principal', () => {
  it('is what the roster says: of its agent, or of its instance alone', () => {
    const { roster } = world.context();
    const { thumbprint } = a.key;
    const entry = roster.instances[thumbprint];
    const identifyIn = (current: RosterEntry['current']) =>
      identifiedBy(proven(fields()), {
        ...world.context(),
        roster: { ...roster, instances: { [thumbprint]: { ...entry, current } as RosterEntry } },
      });
    expect(identifyIn({ task: 't', session: 's' })).toMatchObject({ task: 't', session: 's' });
    expect(identifyIn({ task: 't', session: 's' })).not.toHaveProperty('tasks');
    const own = { task: 't', session: 's', tasks: 'perInstance' } as const;
    expect(identifyIn(own)).toMatchObject(own);
    expect(codeOf(identifyIn(undefined))).toBe('identity/no-task');
  });

  it('of an unbound bearer is never guessed: without one in the roster it is refused', async () => {
    const ask = { tenant: 'main', agent: 'support', by: 'ada' };
    const { accessToken } = await world.enrolment.issueUnboundToken(ask);
    const bearer = presented({ authorization: `Bearer ${accessToken}` });
    for (const unbound of [undefined, {}, { 'other/support': { task: 't' } }]) {
      const { unbound: _, ...rest } = world.context().roster;
      const roster = unbound === undefined ? rest : { ...rest, unbound };
      const answer = identifiedBy(bearer, { ...world.context(), roster });
      expect(codeOf(answer)).toBe('identity/no-task');
    }
  });
});

describe('what is no credential of an instance', () => {
  const userToken = (claims: object) =>
    signJws(generateInstanceKey(), { typ: 'JWT', kid: 'k1' }, claims);

  it.each([
    ['an ID token', { iss: 'https://login.example', sub: 'u1', email: 'ann@example.com' }],
    ['an access token of a person', { iss: 'https://login.example', sub: 'u1', scp: 'read' }],
    ['a token of an unknown issuer', { iss: 'https://other.example', sub: 'x' }],
    ['a token without an issuer but with a login', { sub: 'u1', amr: ['pwd'], auth_time: 1 }],
  ])('%s is refused, and the answer says what to do [IDN-05]', (_what, claims) => {
    const raw = userToken(claims);
    const answer = identify(presented({ authorization: `Bearer ${raw}` }));
    const proof = identify(proven(fields({ accessToken: raw })));
    expect(answer).toMatchObject({
      code: 'identity/user-token',
      status: 401,
      message: 'a human user token cannot authenticate an agent',
      suggestedAction: expect.stringContaining('enrol'),
    });
    expect(codeOf(proof)).toBe('identity/user-token');
  });

  it.each([
    'Bearer sk-proj-0123456789abcdef0123456789',
    'Bearer 0123456789abcdef',
    'ApiKey 0123456789abcdef',
    'Basic dXNlcjpwYXNzd29yZA==',
    'Token abc',
    'sk-0123456789abcdef0123456789',
  ])('`%s` is refused as a shared key [IDN-05]', (authorization) => {
    const answer = identify(presented({ authorization }));
    expect(answer).toMatchObject({ code: 'identity/api-key', status: 401 });
  });

  it('nothing at all is known before the body is read', () => {
    expect(gate.hasCredential(presented({}))).toBe(false);
    expect(gate.hasCredential(presented({ dpop: 'x' }))).toBe(false);
    expect(gate.hasCredential(presented({ authorization: 'x' }))).toBe(true);
    expect(gate.hasCredential(presented({ clientCertificate: new Uint8Array() }))).toBe(true);
    expect(codeOf(identify(presented({})))).toBe('identity/missing');
  });

  it('a credential that stands twice is not chosen from', () => {
    const answer = identify({ ...proven(fields()), ambiguous: true });
    expect(codeOf(answer)).toBe('admit/duplicate-header');
  });

  it.each(['', 'Bearer', 'DPoP ', 'Bearer a b', 'DPoP ey.ey.', 'Bearer eyJhIjoxfQ.eyJhIjoxfQ.'])(
    '`%s` is refused',
    (authorization) => {
      expect(isRefusal(identify(presented({ authorization, dpop: 'x' })))).toBe(true);
    },
  );
});

describe('whatever is presented', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.string());

  it('is answered and never thrown at', () => {
    fc.assert(
      fc.property(text, text, fc.uint8Array(), (authorization, dpop, clientCertificate) => {
        for (const scheme of ['', 'DPoP ', 'Bearer ', `DPoP ${token}`]) {
          const request = { authorization: `${scheme}${authorization}`, dpop };
          expect(isRefusal(identify(presented(request)))).toBe(true);
          expect(isRefusal(identify(presented({ ...request, clientCertificate })))).toBe(true);
          expect(() => gate.stranger(presented(request), world.context())).not.toThrow();
        }
      }),
      { numRuns: 200 },
    );
  });

  it('identifies nobody when one character of token or proof was changed [IDN-01]', async () => {
    const ask = { tenant: 'main', agent: 'support', by: 'ada' };
    const unbound = (await world.enrolment.issueUnboundToken(ask)).accessToken;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ';
    const change = (whole: string, at: number, by: string): string => {
      const index = at % whole.length;
      return `${whole.slice(0, index)}${by}${whole.slice(index + 1)}`;
    };
    const place = fc.nat(100_000);
    const by = fc.constantFrom('', ...alphabet.split(''), '\u0000', 'é');
    fc.assert(
      fc.property(place, by, fc.constantFrom('token', 'proof', 'bearer'), (at, other, what) => {
        const good = proven(fields());
        const proof = change(good.dpop ?? '', at, other);
        const changed = change(what === 'bearer' ? unbound : token, at, other);
        fc.pre(what === 'proof' ? proof !== good.dpop : changed !== token && changed !== unbound);
        const request =
          what === 'proof'
            ? { ...good, dpop: proof }
            : what === 'token'
              ? { ...good, authorization: `DPoP ${changed}` }
              : presented({ authorization: `Bearer ${changed}` });
        expect(isRefusal(identify(request))).toBe(true);
      }),
      { numRuns: 1_500 },
    );
  });

  it('identifies nobody when only the spare bits of the last character were changed', async () => {
    const ask = { tenant: 'main', agent: 'support', by: 'ada' };
    const unbound = (await world.enrolment.issueUnboundToken(ask)).accessToken;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const identified = alphabet.split('').filter((last) => {
      const authorization = `Bearer ${unbound.slice(0, -1)}${last}`;
      return !isRefusal(identify(presented({ authorization })));
    });
    expect(identified).toEqual([unbound.at(-1)]);
  });
});
