import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { generateInstanceKey, type InstanceKey } from '../../../sdk/index.ts';
import { signJws } from '../../../sdk/key.ts';
import {
  createIdentityWorld,
  enrolProof,
  type IdentityWorld,
  signAssertion,
  type TestInstance,
} from '../../../test/fakes/identity-world.ts';

let world: IdentityWorld;

beforeEach(async () => {
  world = await createIdentityWorld();
});

/** The code that an act was refused with; `granted` when it was not. */
async function codeOf(act: Promise<unknown>): Promise<string> {
  try {
    await act;
    return 'granted';
  } catch (fault) {
    if (fault instanceof BailiwickError) return fault.code;
    throw fault;
  }
}

function enrolWith(key: InstanceKey, joinToken: string, proof?: string): Promise<unknown> {
  const { clock, enrolment } = world;
  const shown = proof ?? enrolProof(key, joinToken, clock.now());
  return enrolment.enrol({ joinToken, jwk: key.jwk, proof: shown });
}

function ask(instance: TestInstance, changes: object = {}): Promise<unknown> {
  const aud = world.enrolment.trust().issuer;
  const assertion = signAssertion(instance, { aud, ...changes }, world.clock.now());
  return world.enrolment.issueToken({ assertion });
}

function last(): RecordDraft | undefined {
  return world.records.at(-1);
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('enrolment', () => {
  it('gives each instance an identity and a key of its own, on record [IDN-01]', async () => {
    const { enrolled, key } = await world.enrol('support');
    expect(enrolled).toMatchObject({ agent: 'support', thumbprint: key.thumbprint });
    expect(world.roster.instances[key.thumbprint]?.instance).toBe(enrolled.instance);
    expect(world.records.map(({ type }) => type)).toEqual([
      'identity.join-token-issued',
      'identity.enrolled',
    ]);
    expect(last()?.actors).toEqual([
      { kind: 'agent', name: 'support', instance: enrolled.instance, key: key.thumbprint },
    ]);
  });

  it('never gives two instances one subject or one key, whatever is registered [IDN-01]', async () => {
    const agents = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 12 });
    const keys = Array.from({ length: 5 }, (_unused, n) =>
      generateInstanceKey(n % 2 === 0 ? 'ES256' : 'EdDSA'),
    );
    const tenant = fc.constantFrom('main', 'globex');
    const steps = fc.array(fc.tuple(agents, fc.constantFrom(...keys), tenant), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(steps, async (registrations) => {
        const own = await createIdentityWorld();
        for (const [names, key, of] of registrations) {
          for (const name of names) await own.enrol(name, key, of).catch(() => undefined);
        }
        const all = await own.book.listAll();
        const subjects = all.map((one) => `${one.tenant}/${one.agent}/${one.instance}`);
        expect(new Set(subjects).size).toBe(all.length);
        expect(new Set(all.map(({ thumbprint }) => thumbprint)).size).toBe(all.length);
        expect(Object.keys(own.roster.instances)).toHaveLength(all.length);
        expect(all.length).toBe(new Set(registrations.map(([, key]) => key)).size);
      }),
      { numRuns: 25 },
    );
  });

  it('refuses one key for two instances and names both on record [IDN-05]', async () => {
    const { key, enrolled } = await world.enrol('support');
    const joinToken = await world.join('refunds');
    expect(await codeOf(enrolWith(key, joinToken))).toBe('identity/key-in-use');
    const [holder, asker] = world.records.slice(-2);
    expect(holder).toMatchObject({
      type: 'identity.refused',
      actors: [{ name: 'support', instance: enrolled.instance, key: key.thumbprint }],
      refusal: { code: 'identity/key-in-use' },
      details: { key: key.thumbprint, token: sha256(joinToken) },
    });
    // The join token's digest leads to the agent that it was issued for.
    expect(asker).toMatchObject({
      type: 'identity.refused',
      refusal: { code: 'identity/key-in-use' },
      details: { key: key.thumbprint, token: sha256(joinToken) },
    });
    expect(await codeOf(enrolWith(generateInstanceKey(), joinToken))).toBe('granted');
  });

  it('does not tell one tenant who holds the key in another [IDN-05]', async () => {
    const { key, enrolled } = await world.enrol('secret-agent', undefined, 'globex');
    await codeOf(enrolWith(key, await world.join('support')));
    const ours = world.records.filter(({ tenant }) => tenant === 'main');
    expect(JSON.stringify(ours)).not.toContain('secret-agent');
    expect(JSON.stringify(ours)).not.toContain(enrolled.instance);
  });

  it('refuses the key of an instance that was revoked, for ever [IDN-05]', async () => {
    const { key, enrolled } = await world.enrol('support');
    const { tenant, instance } = enrolled;
    await world.revoke({ tenant, instance });
    expect(await codeOf(world.enrol('support', key))).toBe('identity/key-in-use');
  });

  it('takes a join token once, and not after its time', async () => {
    const spent = await world.join('support');
    expect(await codeOf(enrolWith(generateInstanceKey(), spent))).toBe('granted');
    const late = await world.join('support');
    world.clock.advance(limits.joinTokenMs);
    const codes = [];
    for (const token of [spent, late, 'made-up']) {
      codes.push(await codeOf(enrolWith(generateInstanceKey(), token)));
      expect(last()).toMatchObject({ type: 'identity.refused', details: { token: sha256(token) } });
    }
    expect(new Set(codes)).toEqual(new Set(['identity/join-token-invalid']));
    expect(JSON.stringify(world.records)).not.toContain(spent);
  });

  it('issues join tokens of 128 bits, each another, for registered agents only', async () => {
    const tokens = [await world.join('support'), await world.join('support')];
    expect(tokens.map((one) => Buffer.from(one, 'base64url').length)).toEqual([16, 16]);
    expect(tokens[0]).not.toBe(tokens[1]);
    world.unknown.add('ghost');
    expect(await codeOf(world.join('ghost'))).toBe('api/not-found');
    expect(last()).toMatchObject({
      type: 'identity.refused',
      actors: [{ kind: 'human', name: 'ada' }],
    });
  });

  it('needs a fresh proof of the new key over this very join token [IDN-01]', async () => {
    const key = generateInstanceKey();
    const other = generateInstanceKey();
    const joinToken = await world.join('support');
    const now = world.clock.now();
    const iat = Math.floor(now / 1_000);
    const jth = createHash('sha256').update(joinToken).digest('base64url');
    const typ = 'bailiwick-enrol+jwt';
    const proofs = [
      enrolProof(other, joinToken, now),
      enrolProof(key, 'another', now),
      enrolProof(key, joinToken, now - 91_000),
      enrolProof(key, joinToken, now + 91_000),
      signJws(key, { typ: 'JWT' }, { iat, jth }),
      signJws(key, { typ, crit: ['x'] }, { iat, jth }),
      signJws(key, { typ, alg: 'none' }, { iat, jth }),
      '',
      'a.b.c',
    ];
    for (const proof of proofs) {
      expect(await codeOf(enrolWith(key, joinToken, proof))).toBe('identity/invalid-proof');
    }
    expect(await codeOf(enrolWith(key, joinToken))).toBe('granted');
  });

  it('takes P-256 and Ed25519 public keys only, in one form', async () => {
    const joinToken = await world.join('support');
    const key = generateInstanceKey();
    const proof = enrolProof(key, joinToken, world.clock.now());
    const { x = '', y = '' } = key.jwk;
    const spare = (text: string) => `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`;
    const jwks = [
      {},
      { ...key.jwk, d: x },
      { ...key.jwk, crv: 'secp256k1' },
      { ...key.jwk, x: y },
      { ...key.jwk, x: `${x}=` },
      { ...key.jwk, x: x.slice(1) },
      { ...key.jwk, x: spare(x) },
      { kty: 'oct', k: x },
      { kty: 'RSA', n: x, e: 'AQAB' },
      { kty: 'OKP', crv: 'X25519', x },
      { kty: 'OKP', crv: 'Ed25519', x: Buffer.alloc(32, 0).toString('base64url') },
    ];
    for (const jwk of jwks) {
      const enrolled = world.enrolment.enrol({ joinToken, jwk, proof });
      expect(await codeOf(enrolled)).toBe('identity/invalid-proof');
    }
  });

  it('does not stand when it cannot be recorded', async () => {
    const key = generateInstanceKey();
    const joinToken = await world.join('support');
    world.failing = true;
    expect(await codeOf(enrolWith(key, joinToken))).toBe('audit/unavailable');
    expect(await codeOf(world.join('support'))).toBe('audit/unavailable');
    world.failing = false;
    expect(await world.book.byThumbprint(key.thumbprint)).toBeUndefined();
    expect(world.roster.instances[key.thumbprint]).toBeUndefined();
    // The token was not spent by it.
    expect(await codeOf(enrolWith(key, joinToken))).toBe('granted');
  });

  it('is on record before anybody is enrolled [AUD-05]', async () => {
    const enrol = world.book.enrol.bind(world.book);
    const seen: (string | undefined)[] = [];
    world.book.enrol = async (join) => {
      seen.push(last()?.type);
      return enrol(join);
    };
    await world.enrol('support');
    expect(seen).toEqual(['identity.enrolled']);
  });

  it('that the book does not take is followed by a record that says so', async () => {
    world.book.enrol = () => Promise.reject(new BailiwickError('store/unavailable'));
    expect(await codeOf(world.enrol('support'))).toBe('store/unavailable');
    expect(world.records.slice(-2).map(({ type }) => type)).toEqual([
      'identity.enrolled',
      'act.reconciled',
    ]);
  });

  it('is one when one token is presented many times at once [IDN-05]', async () => {
    const joinToken = await world.join('support');
    const codes = await Promise.all(
      Array.from({ length: 5 }, () => codeOf(enrolWith(generateInstanceKey(), joinToken))),
    );
    expect(codes.filter((code) => code === 'granted')).toHaveLength(1);
    expect(world.records.filter(({ type }) => type === 'identity.enrolled')).toHaveLength(1);
    expect(world.records.filter(({ type }) => type === 'act.reconciled')).toEqual([]);
  });
});

describe('tokens', () => {
  let a: TestInstance;

  beforeEach(async () => {
    a = await world.enrol('support');
  });

  it('are issued for an assertion of the enrolled key, after their record', async () => {
    expect(await ask(a)).toMatchObject({ tokenType: 'DPoP', expiresIn: 900, agent: 'support' });
    expect(last()).toMatchObject({
      type: 'token.issued',
      actors: [{ kind: 'agent', name: 'support', instance: a.enrolled.instance }],
      details: { binding: 'key', instance: a.enrolled.instance },
    });
    world.failing = true;
    expect(await codeOf(ask(a))).toBe('audit/unavailable');
    const unbound = { tenant: 'main', agent: 'support', by: 'ada' };
    expect(await codeOf(world.enrolment.issueUnboundToken(unbound))).toBe('audit/unavailable');
  });

  it('are issued once per assertion', async () => {
    const aud = world.enrolment.trust().issuer;
    const assertion = signAssertion(a, { aud }, world.clock.now());
    expect(await codeOf(world.enrolment.issueToken({ assertion }))).toBe('granted');
    expect(await codeOf(world.enrolment.issueToken({ assertion }))).toBe(
      'identity/invalid-assertion',
    );
    expect(last()).toMatchObject({
      type: 'token.refused',
      actors: [{ name: 'support', instance: a.enrolled.instance }],
    });
  });

  it('are refused for an assertion that is not what RFC 7523 and we ask [IDN-05]', async () => {
    const b = await world.enrol('refunds');
    const iat = Math.floor(world.clock.now() / 1_000);
    const changes: object[] = [
      { iss: b.enrolled.instance, sub: b.enrolled.instance },
      { sub: b.enrolled.instance },
      { iss: undefined },
      { aud: 'https://elsewhere.example' },
      { aud: undefined },
      { aud: [world.enrolment.trust().issuer] },
      { jti: undefined },
      { jti: 'short' },
      { iat: undefined },
      { exp: undefined },
      { exp: iat },
      { exp: iat + 61 },
      { iat: iat - 100, exp: iat - 40 },
      { iat: iat + 31, exp: iat + 60 },
    ];
    for (const change of changes) {
      expect(await codeOf(ask(a, change))).toBe('identity/invalid-assertion');
    }
  });

  it('are issued for an assertion of as long a life as may be, and for none a second longer', async () => {
    const iat = Math.floor(world.clock.now() / 1_000);
    const longest = iat + limits.assertionMs / 1_000;
    expect(await codeOf(ask(a, { iat, exp: longest }))).toBe('granted');
    expect(await codeOf(ask(a, { iat, exp: longest + 1 }))).toBe('identity/invalid-assertion');
  });

  it('are refused for the key of another, of nobody, or a statement for another use', async () => {
    const b = await world.enrol('refunds');
    const aud = world.enrolment.trust().issuer;
    const now = world.clock.now();
    const iat = Math.floor(now / 1_000);
    const own = { iss: a.enrolled.instance, sub: a.enrolled.instance, aud };
    const claims = { ...own, iat, exp: iat + 60, jti: 'x'.repeat(22) };
    const kid = a.key.thumbprint;
    const assertions = [
      signAssertion({ ...a, key: b.key }, { aud }, now),
      signJws(b.key, { typ: 'JWT', kid }, claims),
      signJws(generateInstanceKey(), { typ: 'JWT', kid: 'nobody' }, claims),
      signJws(a.key, { typ: 'JWT' }, claims),
      signJws(a.key, { typ: 'dpop+jwt', kid }, claims),
      signJws(a.key, { typ: 'JWT', kid, alg: 'none' }, claims),
      signJws(a.key, { typ: 'JWT', kid, alg: 'HS256' }, claims),
      signJws(a.key, { typ: 'JWT', kid, crit: ['b64'] }, claims),
      '',
      'x'.repeat(5_000),
    ];
    for (const assertion of assertions) {
      const issued = world.enrolment.issueToken({ assertion });
      expect(await codeOf(issued)).toBe('identity/invalid-assertion');
    }
    expect(world.records.filter(({ type }) => type === 'token.issued')).toEqual([]);
  });

  it('are refused for an instance that is revoked and an agent that is gone [IDN-23]', async () => {
    const { tenant, instance } = a.enrolled;
    world.unknown.add('support');
    expect(await codeOf(ask(a))).toBe('identity/unknown-agent');
    await world.revoke({ tenant, instance });
    expect(await codeOf(ask(a))).toBe('standing/instance-revoked');
    expect(last()).toMatchObject({ type: 'token.refused', actors: [{ instance }] });
  });

  it('without a key are issued by a person, for a registered agent, marked as such', async () => {
    const unbound = { tenant: 'main', agent: 'support', by: 'ada' };
    const issued = await world.enrolment.issueUnboundToken(unbound);
    expect(issued).toMatchObject({ tokenType: 'Bearer', expiresIn: 900 });
    expect(last()).toMatchObject({
      type: 'token.issued',
      actors: [{ kind: 'human', name: 'ada' }],
      details: { binding: 'none' },
    });
    world.unknown.add('support');
    expect(await codeOf(world.enrolment.issueUnboundToken(unbound))).toBe('api/not-found');
    expect(last()?.type).toBe('token.refused');
    expect(JSON.stringify(world.records)).not.toContain(issued.accessToken);
  });
});

describe('revocation', () => {
  it('is in force and on record; of an unknown instance it is a refusal [IDN-23]', async () => {
    const { key, enrolled } = await world.enrol('support');
    const { tenant, instance } = enrolled;
    const act = { tenant, instance };
    expect((await world.revoke(act)).revokedAt).toBe(world.clock.now());
    expect(world.roster.instances[key.thumbprint]).toBeUndefined();
    expect(world.overlay.owed.at(-1)?.body).toMatchObject({
      type: 'lifecycle.instance-revoked',
      details: { instance },
    });
    expect(await codeOf(world.revoke({ ...act, tenant: 'globex' }))).toBe('api/not-found');
    expect(last()).toMatchObject({ type: 'identity.refused', tenant: 'globex' });
  });

  it('takes effect also when it cannot be recorded', async () => {
    const { key, enrolled } = await world.enrol('support');
    const { tenant, instance } = enrolled;
    world.failing = true;
    const act = world.revoke({ tenant, instance });
    expect(await codeOf(act)).toBe('granted');
    expect(world.roster.instances[key.thumbprint]).toBeUndefined();
    expect(world.overlay.owed).toHaveLength(1);
  });
});

describe('refusals', () => {
  it('of strangers are counted when there are many, so that they cannot fill the log', async () => {
    const flood = 500;
    for (let n = 0; n < flood; n += 1) await codeOf(enrolWith(generateInstanceKey(), 'x', ''));
    const before = world.records.length;
    expect(before).toBe(limits.repeatedRefusals);
    world.clock.advance(limits.refusalWindowMs);
    await codeOf(enrolWith(generateInstanceKey(), 'x', ''));
    const told = world.records.map(({ refusal }) => refusal?.count ?? 1);
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(flood + 1);
  });

  it('of one instance are counted apart, and those of people are all written', async () => {
    const a = await world.enrol('support');
    const b = await world.enrol('refunds');
    const before = world.records.length;
    for (let n = 0; n < 100; n += 1) await codeOf(ask(a, { aud: 'x' }));
    expect(world.records.length - before).toBe(limits.repeatedRefusals);
    await codeOf(ask(b, { aud: 'x' }));
    expect(last()?.actors[0]?.name).toBe('refunds');
    world.unknown.add('ghost');
    const people = world.records.length;
    for (let n = 0; n < 30; n += 1) await codeOf(world.join('ghost'));
    expect(world.records.length - people).toBe(30);
  });

  it('of one key for two instances are counted too', async () => {
    const { key } = await world.enrol('support');
    const joinToken = await world.join('refunds');
    const before = world.records.length;
    for (let n = 0; n < 100; n += 1) await codeOf(enrolWith(key, joinToken));
    expect(world.records.length - before).toBe(2 * limits.repeatedRefusals);
  });
});

describe('the rate of tokens', () => {
  /** What was refused: the code and the seconds to wait; undefined when it was granted. */
  async function refusedOf(act: Promise<unknown>): Promise<BailiwickError | undefined> {
    try {
      await act;
      return undefined;
    } catch (fault) {
      if (fault instanceof BailiwickError) return fault;
      throw fault;
    }
  }
  const issued = () => world.records.filter(({ type }) => type === 'token.issued').length;

  it('of one instance is bounded: the last is issued, the next is told when to come back', async () => {
    const [a, b] = [await world.enrol('support'), await world.enrol('refunds')];
    for (let n = 0; n < limits.tokensPerInstancePerMinute; n += 1) {
      expect(await refusedOf(ask(a))).toBeUndefined();
    }
    const over = await refusedOf(ask(a));
    expect(over).toMatchObject({ code: 'identity/too-many-tokens', status: 429, retryAfter: 3 });
    expect(last()).toMatchObject({
      type: 'token.refused',
      actors: [{ name: 'support', instance: a.enrolled.instance }],
    });
    expect(await refusedOf(ask(b))).toBeUndefined();
    world.clock.advance(2_999);
    expect(await refusedOf(ask(a))).toMatchObject({ code: 'identity/too-many-tokens' });
    world.clock.advance(1);
    expect(await refusedOf(ask(a))).toBeUndefined();
    expect(await refusedOf(ask(a))).toMatchObject({ code: 'identity/too-many-tokens' });
  });

  it('of one person is bounded over join tokens and unbound ones together', async () => {
    const bearer = (by: string) =>
      world.enrolment.issueUnboundToken({ tenant: 'main', agent: 'support', by });
    for (let n = 0; n < limits.tokensPerPersonPerMinute; n += 1) {
      const act = n % 2 === 0 ? bearer('ada') : world.join('support');
      expect(await refusedOf(act)).toBeUndefined();
    }
    expect(await refusedOf(bearer('ada'))).toMatchObject({ code: 'identity/too-many-tokens' });
    expect(await refusedOf(world.join('support'))).toMatchObject({ status: 429, retryAfter: 1 });
    expect(await refusedOf(bearer('grace'))).toBeUndefined();
  });

  it('bounds what a loop can write: tokens, and refusals that are counted', async () => {
    const instance = await world.enrol('support');
    const before = world.records.length;
    for (let n = 0; n < 1_000; n += 1) await refusedOf(ask(instance));
    expect(issued()).toBe(limits.tokensPerInstancePerMinute);
    expect(world.records.length - before).toBeLessThanOrEqual(
      limits.tokensPerInstancePerMinute + limits.repeatedRefusals,
    );
  });
});
