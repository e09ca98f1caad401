import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClientEntry } from '#contracts/client-entry.ts';
import { limits } from '#kernel/limits.ts';
import { codeOf, ExchangeWorld } from '../../../test/fakes/exchange-world.ts';
import type { FakeTokenFields } from '../../../test/fakes/fake-sign-ins.ts';
import type { TestInstance } from '../../../test/fakes/identity-world.ts';

let folder: string;
let world: ExchangeWorld;
let desk: TestInstance;

const spec = {
  agent: 'desk',
  provider: 'acme',
  everyone: true,
  effects: ['read', 'write'],
  uses: ['id-jag'],
  clients: ['desk-at-acme'],
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-jag-'));
  world = new ExchangeWorld(folder);
  await world.start();
  desk = await world.agent('desk', ['read']);
  await world.put(['Exchange', 'desk-acme', spec]);
});

afterEach(async () => {
  await world.stop();
  rmSync(folder, { recursive: true, force: true });
});

function jag(fields: FakeTokenFields = {}): string {
  return world.users.make({ use: 'id-jag', client: 'desk-at-acme', ...fields });
}

describe('an identity assertion of a provider', () => {
  it('lets the client that it names act for the user, as long as one token lasts', async () => {
    const given = await world.assert(desk, jag({ lifeMs: 300_000 }));
    expect(given).toMatchObject({ tokenType: 'DPoP', expiresIn: 900, effects: ['read', 'write'] });
    expect(await world.principal(desk, given.accessToken)).toMatchObject({
      user: { subject: 'ada' },
      delegation: { client: undefined },
    });
    world.clock.advance(limits.accessTokenMs);
    const [last] = await world.store.delegations.list({ tenant: 'main', limit: 1 });
    expect(await codeOf(world.delegations.issue({ tenant: 'main', id: last?.id ?? '' }))).toBe(
      'identity/delegation-ended',
    );
  });

  it('serves once, also for two who ask at the same moment', async () => {
    const assertion = jag();
    const both = [codeOf(world.assert(desk, assertion)), codeOf(world.assert(desk, assertion))];
    expect((await Promise.all(both)).sort()).toEqual(['granted', 'identity/invalid-subject-token']);
    expect(await codeOf(world.assert(desk, assertion))).toBe('identity/invalid-subject-token');
  });

  it.each([
    ['of another client', { client: 'portal' }, 'identity/exchange-not-allowed'],
    ['of no client', { client: undefined }, 'identity/exchange-not-allowed'],
    ['for another resource', { resource: 'https://x.example' }, 'identity/invalid-subject-token'],
    ['of no class of effect', { scope: 'chat' }, 'identity/not-consented'],
    ['that is a token of the user', { use: 'exchange' }, 'identity/invalid-subject-token'],
  ] as const)('is refused %s, on record', async (_what, fields, code) => {
    expect(await codeOf(world.assert(desk, jag(fields as FakeTokenFields)))).toBe(code);
    expect(world.refusals().at(-1)).toMatchObject({ refusal: { code } });
  });

  it('is refused to an agent whose document names no client, and longer than the bound', async () => {
    const { clients: _none, ...unnamed } = spec;
    await world.put(['Exchange', 'desk-acme', unnamed]);
    expect(await codeOf(world.assert(desk, jag()))).toBe('identity/invalid-subject-token');
    await expect(world.assert(desk, 'x'.repeat(limits.subjectTokenBytes + 1))).rejects.toThrow(
      'too long',
    );
  });

  it('gives the effects that it, the document and the request all name', async () => {
    const given = await world.assert(desk, jag({ scope: 'write openid' }), {
      effects: ['read', 'write'],
    });
    expect(given.effects).toEqual(['write']);
  });

  it('is for the resource that is ours, and makes a bearer of a client without a key', async () => {
    const assertion = jag({ resource: 'https://control.example', client: 'portal' });
    await world.put(['Exchange', 'desk-acme', { ...spec, clients: ['portal'] }]);
    const bearer = {
      kind: 'client',
      tenant: 'main',
      client: 'portal',
      agent: 'desk',
      document: { effects: ['read', 'write'], allowed: undefined },
      thumbprint: undefined,
    } as const;
    const given = await world.assert(desk, assertion, { bearer });
    expect(given.tokenType).toBe('Bearer');
    const other = { ...bearer, client: 'other' };
    const foreign = world.assert(desk, jag({ client: 'portal' }), { bearer: other });
    expect(await codeOf(foreign)).toBe('identity/invalid-subject-token');
  });

  it('gives a client no more than its own document, and for nobody whom that does not name', async () => {
    await world.put(['Exchange', 'desk-acme', { ...spec, clients: ['portal'] }]);
    const by = (document: Pick<ClientEntry, 'effects' | 'allowed' | 'provider'>) =>
      world.assert(desk, jag({ client: 'portal' }), {
        bearer: {
          kind: 'client',
          tenant: 'main',
          client: 'portal',
          agent: 'desk',
          document,
          thumbprint: undefined,
        },
      });
    const effects = ['read'] as const;
    expect((await by({ effects, allowed: undefined })).effects).toEqual(['read']);
    expect(await codeOf(by({ effects: ['delete'], allowed: undefined }))).toBe(
      'identity/not-consented',
    );
    const no = 'identity/exchange-not-allowed';
    expect(await codeOf(by({ effects, allowed: { users: ['bob'], groups: [] } }))).toBe(no);
    expect(await codeOf(by({ effects, allowed: undefined, provider: 'globex' }))).toBe(no);
    expect(await codeOf(by({ effects, allowed: { users: [], groups: ['support'] } }))).toBe(
      'granted',
    );
  });
});
