import { beforeEach, describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import {
  createIdentityWorld,
  type IdentityWorld,
  presented,
  signAssertion,
  type TestInstance,
} from '../../../test/fakes/identity-world.ts';
import { createIdentityGate } from './gate.ts';

let world: IdentityWorld;
let agent: TestInstance;

beforeEach(async () => {
  world = await createIdentityWorld();
  agent = await world.enrol('support');
});

async function codeOf(act: Promise<unknown>): Promise<string> {
  try {
    await act;
    return 'granted';
  } catch (fault) {
    if (fault instanceof BailiwickError) return fault.code;
    throw fault;
  }
}

function assertion(of = agent): string {
  return signAssertion(of, { aud: world.enrolment.trust().issuer }, world.clock.now());
}

describe('what the authorization server reads of its own', () => {
  it('is an access token, with the delegation that it stands on', async () => {
    const { own } = world.enrolment;
    const plain = own.readAccess(await world.token(agent), world.clock.now());
    expect(plain).toMatchObject({ agent: 'support', delegated: undefined });
    const user = { subject: 'ada', issuer: 'https://idp.example', groups: [] };
    const now = world.clock.now();
    const { accessToken } = world.enrolment.mint({
      id: 'd1',
      client: undefined,
      issuedAt: now,
      user,
      hops: [],
      task: 't1',
      session: 's1',
      effects: ['read'],
      isScoped: false,
      actor: agent.enrolled,
      thumbprint: agent.key.thumbprint,
      expiresAt: now + limits.accessTokenMs,
    });
    expect(own.readAccess(accessToken, now)).toMatchObject({
      delegated: { id: 'd1', user, effects: ['read'] },
    });
    expect(own.readAccess(accessToken, now + limits.accessTokenMs)).toBeUndefined();
  });

  it('takes no statement for an access token, nor an access token for a statement', async () => {
    const { own } = world.enrolment;
    const token = await world.token(agent);
    const stated = own.state('bailiwick-hand-off', { jti: 'j1' });
    expect(own.readStatement('bailiwick-hand-off', stated)).toMatchObject({ jti: 'j1' });
    expect(own.readStatement('bailiwick-hand-off', token)).toBeUndefined();
    expect(own.readAccess(stated, world.clock.now())).toBeUndefined();
  });

  it('believes no statement of another signer, and none that was changed', async () => {
    const other = await createIdentityWorld();
    const { own } = world.enrolment;
    const foreign = other.enrolment.own.state('bailiwick-hand-off', { jti: 'j1' });
    expect(own.readStatement('bailiwick-hand-off', foreign)).toBeUndefined();
    const [head, , signature] = own.state('bailiwick-hand-off', { jti: 'j1' }).split('.');
    const { issuer } = world.enrolment.trust();
    const claims = Buffer.from(JSON.stringify({ aud: issuer, iss: issuer, jti: 'j2' }));
    const forged = `${head}.${claims.toString('base64url')}.${signature}`;
    expect(own.readStatement('bailiwick-hand-off', forged)).toBeUndefined();
    expect(own.readStatement('bailiwick-hand-off', 'x'.repeat(70_000))).toBeUndefined();
  });

  it('is refused by a gateway when it is a statement [IDN-22]', async () => {
    const stated = world.enrolment.own.state('bailiwick-hand-off', { jti: 'j1' });
    const gate = createIdentityGate();
    const seen = await gate.identify(
      presented({ authorization: `Bearer ${stated}` }),
      world.context(),
    );
    expect(seen).toMatchObject({ kind: 'refusal', code: 'identity/invalid-token' });
  });
});

describe('whoever asks for tokens', () => {
  it('is known by an assertion that serves once [IDN-02]', async () => {
    const { clients } = world.enrolment;
    const once = assertion();
    const known = await clients.authenticate({ assertion: once, rate: 'exchange' });
    expect(known.instance).toBe(agent.enrolled.instance);
    const again = clients.authenticate({ assertion: once, rate: 'exchange' });
    expect(await codeOf(again)).toBe('identity/invalid-assertion');
  });

  it('exchanges as often as the bound, and is then told how long to wait', async () => {
    const { clients } = world.enrolment;
    for (let n = 0; n < limits.exchangesPerInstancePerMinute; n += 1) {
      await clients.authenticate({ assertion: assertion(), rate: 'exchange' });
    }
    const more = clients.authenticate({ assertion: assertion(), rate: 'exchange' });
    expect(await codeOf(more)).toBe('identity/too-many-tokens');
    // Tokens of its own are counted apart.
    await clients.authenticate({ assertion: assertion(), rate: 'instance' });
  });

  it('hears no refusal that is not on record, repetitions counted', async () => {
    const { clients } = world.enrolment;
    const fault = new BailiwickError('identity/invalid-token');
    const actors = [{ kind: 'agent', name: 'support' }] as const;
    const refused = { tenant: 'main', actors, fault, source: agent.enrolled.instance };
    for (let n = 0; n <= limits.repeatedRefusals; n += 1) {
      expect(await codeOf(clients.refuse(refused))).toBe('identity/invalid-token');
    }
    const records = world.records.filter(({ type }) => type === 'token.refused');
    expect(records).toHaveLength(limits.repeatedRefusals);
    expect(records[0]).toMatchObject({ actors, refusal: { code: 'identity/invalid-token' } });
  });
});
