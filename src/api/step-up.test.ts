import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Person } from '#kernel/principal.ts';
import { type ControlWorld, createControlWorld } from '../../test/fakes/control-world.ts';
import { challengeHeader, checkStepUp } from './step-up.ts';

let world: ControlWorld;

const documents = {
  people: { acts: ['people'], acr: ['high', 'higher'], within: '5m' },
  secrets: { acts: ['secrets', 'people'], acr: ['higher'], amr: ['mfa'], within: '2m' },
} as const;

beforeAll(async () => {
  world = await createControlWorld();
  for (const [name, spec] of Object.entries(documents)) {
    const body = { kind: 'StepUp', name, spec: spec as unknown as JsonObject, reason: 'x' };
    expect(
      (await world.ask('POST', '/v1/documents', { as: world.credential('operator'), body })).status,
    ).toBe(403);
    expect(
      (await world.ask('POST', '/v1/documents', { as: world.credential('admin'), body })).status,
    ).toBe(200);
  }
});

afterAll(() => world.close());

const add = { name: 'bob', roles: ['auditor'], reason: 'x' };

function check(
  through: Person['through'],
  act: 'people' | 'stop' = 'people',
): BailiwickError | undefined {
  const parts = {
    snapshot: () => world.snapshot(),
    clock: world.clock,
    publicUrl: () => 'https://gate.example',
  };
  const person = { ...world.person('admin'), ...(through === undefined ? {} : { through }) };
  try {
    checkStepUp(parts, person, { act, approvalClass: undefined });
    return undefined;
  } catch (fault) {
    return fault as BailiwickError;
  }
}

describe('an act for which documents ask another sign-in', () => {
  it('is refused to a credential, with how to sign in, and is on record as refused [APR-12]', async () => {
    world.log.drafts.length = 0;
    const response = await fetch(`${world.url}/v1/people`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${world.credential('admin')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(add),
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_user_authentication", ' +
        'error_description="this asks for another sign-in than yours", ' +
        'acr_values="higher", max_age="120"',
    );
    expect(await response.json()).toMatchObject({
      code: 'api/step-up-required',
      details: {
        stepUps: ['people', 'secrets'],
        acrValues: ['higher'],
        amr: ['mfa'],
        maxAgeSeconds: 120,
        signIn: 'http://localhost:4011/sign-in?acr_values=higher&max_age=120',
      },
    });
    expect(world.log.drafts).toMatchObject([
      { type: 'api.refused', refusal: { code: 'api/step-up-required' } },
    ]);
    expect((await world.store.people.list('main')).map(({ name }) => name)).not.toContain('bob');
  });

  it('is not asked before the role: whoever may not do it learns nothing of how they could', async () => {
    const answer = await world.ask('POST', '/v1/people', {
      as: world.credential('operator'),
      body: add,
    });
    expect(answer.body).toMatchObject({ code: 'api/forbidden' });
  });

  it('is open to a sign-in that satisfies all of them, and to no less', () => {
    const at = world.clock.now();
    const strong = {
      kind: 'session',
      id: 's',
      provider: 'idp',
      acr: 'higher',
      amr: ['mfa'],
    } as const;
    expect(check({ ...strong, signedInAt: at })).toBeUndefined();
    expect(check({ ...strong, acr: 'high', signedInAt: at })?.details).toMatchObject({
      stepUps: ['secrets'],
    });
    expect(check({ ...strong, signedInAt: at - 120_001 })?.code).toBe('api/step-up-required');
    expect(check({ kind: 'token', id: 't' })?.code).toBe('api/step-up-required');
    expect(check(undefined, 'stop')).toBeUndefined();
  });

  it('is another tenant`s only where that one asks for it', async () => {
    const as = world.credential('admin', 'other');
    expect((await world.ask('POST', '/v1/people', { as, body: add })).status).toBe(200);
  });
});

describe('the header that asks for it', () => {
  it('has no end but its own, whatever a document says', () => {
    const fault = new BailiwickError('api/step-up-required', {
      details: { acrValues: ['a"b', 'c\\d', 'e\r\nf', 'é ü'] },
    });
    expect(challengeHeader(fault)).toMatch(/acr_values="ab cd ef [ ]?"$/);
    expect(challengeHeader(new BailiwickError('api/unauthorized'))).toBe('Bearer');
  });
});
