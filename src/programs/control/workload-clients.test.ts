import type { JWTPayload } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EnrolledInstance } from '#contracts/instance-book.ts';
import { limits } from '#kernel/limits.ts';
import { generateInstanceKey, type InstanceKey } from '../../../sdk/index.ts';
import { testKey } from '../../../test/fakes/fake-identity-provider.ts';
import { enrolProof } from '../../../test/fakes/identity-world.ts';
import { createWorkloadWorld, type WorkloadWorld } from '../../../test/fakes/workload-world.ts';

const audience = 'https://bailiwick.example';
const subject = 'system:serviceaccount:agents:worker';

let world: WorkloadWorld;
let clock: WorkloadWorld['clock'];
let platform: WorkloadWorld['platform'];
let book: WorkloadWorld['book'];
let enrolment: WorkloadWorld['enrolment'];
let records: WorkloadWorld['records'];

beforeEach(async () => {
  world = await createWorkloadWorld('cluster', {
    audience,
    loopback: true,
    uses: ['client'],
    agents: [
      { agent: 'worker', subject },
      { agent: 'other', subject: 'system:serviceaccount:agents:other' },
      { agent: 'gone', subject: 'system:serviceaccount:agents:gone' },
    ],
  });
  ({ clock, platform, book, enrolment, records } = world);
});
afterEach(() => platform.close());

let count = 0;
const token = (over: JWTPayload = {}) => {
  count += 1;
  return platform.sign({ jti: `j-${count}`, sub: subject, aud: audience, ...over });
};

function speak(
  assertion: string,
  key: InstanceKey | undefined = generateInstanceKey(),
  named?: string,
): Promise<EnrolledInstance> {
  const { thumbprint, jwk } = key;
  const workload = { named, proveKey: () => ({ thumbprint, jwk }) };
  return enrolment.clients.authenticate({ assertion, workload, rate: 'exchange' });
}

const codeOf = (ask: Promise<unknown>): Promise<string> =>
  ask.then(
    () => 'known',
    ({ code }: { code?: unknown }) => String(code),
  );

describe('a client by the word of its platform', () => {
  it('is the agent that a document says, by the key that it proves: one instance, however often it comes, on record [IDN-02]', async () => {
    const key = generateInstanceKey();
    const first = await speak(await token(), key);
    expect(first).toMatchObject({ tenant: 'main', agent: 'worker', thumbprint: key.thumbprint });
    expect(await speak(await token(), key)).toEqual(first);
    expect(await speak(await token(), key, 'worker')).toEqual(first);
    expect(await speak(await token(), key, subject)).toEqual(first);
    expect(await book.listAll()).toHaveLength(1);
    expect(records.map(({ type }) => type)).toEqual(['identity.enrolled']);
    expect(records[0]?.details).toMatchObject({ issuer: 'cluster', subject, use: 'client' });
  });

  it.each<[string, JWTPayload, string]>([
    ['another audience', { aud: 'https://else.example' }, 'identity/wrong-audience'],
    ['one audience more', { aud: [audience, 'https://b.example'] }, 'identity/wrong-audience'],
    ['another subject', { sub: `${subject}s` }, 'identity/workload-refused'],
    ['a token of before', { exp: 1 }, 'identity/expired-token'],
    ['a token that is too old', { iat: 1 }, 'identity/invalid-token'],
    ['a key that nobody proved', { cnf: { jkt: 'x' } }, 'identity/invalid-token'],
    ['the nonce of a sign-in', { nonce: 'n' }, 'identity/user-token'],
    ['a client that is not its subject', { client_id: 'app' }, 'identity/user-token'],
  ])('is nobody with %s, on record by what was wrong [IDN-02]', async (_what, over, code) => {
    expect(await codeOf(speak(await token(over)))).toBe('identity/invalid-assertion');
    expect(records.at(-1)).toMatchObject({ type: 'token.refused', refusal: { code } });
    expect(await book.listAll()).toEqual([]);
  });

  it('is nobody by a key that is not its platform’s, by a letter more, or by an end that is cut', async () => {
    const good = await token();
    const stranger = await platform.sign({ sub: subject, aud: audience }, {}, await testKey('k1'));
    for (const text of [stranger, `${good}A`, good.slice(0, good.lastIndexOf('.') + 1)]) {
      expect(await codeOf(speak(text))).toBe('identity/invalid-assertion');
    }
    expect(await codeOf(speak(good))).toBe('known');
  });

  it('is so by each token once, whatever it was used for before', async () => {
    const key = generateInstanceKey();
    const good = await token();
    const both = await Promise.all([codeOf(speak(good, key)), codeOf(speak(good, key))]);
    expect(both.sort()).toEqual(['identity/invalid-assertion', 'known']);
    world.spec = { ...world.spec, uses: ['enrol', 'client'] };
    const proof = (text: string, by: InstanceKey) => enrolProof(by, text, clock.now());
    const come = (workloadToken: string, by = generateInstanceKey()) =>
      enrolment.enrolWorkload({ workloadToken, jwk: by.jwk, proof: proof(workloadToken, by) });
    expect(await codeOf(come(good))).toBe('identity/join-token-invalid');
    const other = await token();
    expect(await codeOf(come(other))).toBe('known');
    expect(await codeOf(speak(other))).toBe('identity/invalid-assertion');
  });

  it('is so only where its document lists that, and enrols only where that is listed', async () => {
    const good = await token();
    world.spec = { ...world.spec, uses: undefined as never };
    expect(await codeOf(speak(good))).toBe('identity/invalid-assertion');
    expect(records.at(-1)).toMatchObject({ refusal: { code: 'identity/workload-refused' } });
    world.spec = { ...world.spec, uses: ['client'] };
    const key = generateInstanceKey();
    const proof = enrolProof(key, good, clock.now());
    const come = enrolment.enrolWorkload({ workloadToken: good, jwk: key.jwk, proof });
    expect(await codeOf(come)).toBe('identity/workload-refused');
    expect(await codeOf(speak(good))).toBe('known');
  });

  it('speaks by no key of another agent, by none that was revoked, and never without one', async () => {
    const key = generateInstanceKey();
    const { instance } = await speak(await token(), key);
    const other = await token({ sub: 'system:serviceaccount:agents:other' });
    expect(await codeOf(speak(other, key))).toBe('identity/invalid-assertion');
    expect(records.at(-1)).toMatchObject({ refusal: { code: 'identity/key-in-use' } });
    await book.revoke('main', instance, clock.now());
    expect(await codeOf(speak(await token(), key))).toBe('standing/instance-revoked');
    const assertion = await token();
    const workload = { named: undefined, proveKey: () => undefined };
    const bare = enrolment.clients.authenticate({ assertion, workload, rate: 'exchange' });
    expect(await codeOf(bare)).toBe('identity/invalid-proof');
    const here = enrolment.clients.authenticate({ assertion, rate: 'exchange' });
    expect(await codeOf(here)).toBe('identity/invalid-assertion');
    expect(await codeOf(speak(assertion))).toBe('known');
  });

  it('is no other than it says beside, and no agent that is gone', async () => {
    expect(await codeOf(speak(await token(), undefined, 'other'))).toBe(
      'identity/invalid-assertion',
    );
    const gone = await token({ sub: 'system:serviceaccount:agents:gone' });
    expect(await codeOf(speak(gone))).toBe('identity/unknown-agent');
  });

  it('asks so often and no more, by however many keys', async () => {
    for (let asked = 0; asked < limits.tokensPerInstancePerMinute; asked += 1) {
      const { thumbprint, jwk } = generateInstanceKey();
      const workload = { named: undefined, proveKey: () => ({ thumbprint, jwk }) };
      await enrolment.issueToken({ assertion: await token(), workload });
    }
    const { thumbprint, jwk } = generateInstanceKey();
    const workload = { named: undefined, proveKey: () => ({ thumbprint, jwk }) };
    const more = enrolment.issueToken({ assertion: await token(), workload });
    expect(await codeOf(more)).toBe('identity/too-many-tokens');
    expect(await book.listAll()).toHaveLength(limits.tokensPerInstancePerMinute);
  });

  it('is nobody while nothing can be recorded, or while its platform is away and its keys are not known', async () => {
    platform.isAway = true;
    expect(await codeOf(speak(await token()))).toBe('identity/provider-fault');
    platform.isAway = false;
    clock.advance(limits.providerAgainMs);
    world.isFailing = true;
    expect(await codeOf(speak(await token()))).toBe('audit/unavailable');
    expect(await book.listAll()).toEqual([]);
  });
});
