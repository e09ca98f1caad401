import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { roles } from '#kernel/principal.ts';
import { installPythonSet } from '../clients/python-clients.ts';
import { type ControlWorld, createControlWorld, type Tenant } from '../fakes/control-world.ts';
import { furnish } from '../fakes/furnished-tenant.ts';
import { type Instance, startInstance } from '../e2e/instance.ts';
import { fuzz } from './schemathesis.ts';

/**
 * The API before somebody who knows its document and nothing else. They come from PyPI and take minutes, so
 * `bailiwick soak` runs it.
 */
const isAsked = process.env['BAILIWICK_STRANGERS'] === 'all';
const examples = Number(process.env['BAILIWICK_API_EXAMPLES'] ?? 5);
const seed = Number(process.env['BAILIWICK_API_FUZZ_SEED'] ?? 20_261_128);
const document = join(import.meta.dirname, '../../docs/openapi.json');
const mostMs = 1_200_000;

const canaries = { main: 'canary-of-main', other: 'canary-of-other' } as const;

if (!isAsked) {
  it('the fuzzer schemathesis is for the soak', () => {
    expect(isAsked).toBe(false);
  });
}

const inSoak = isAsked ? describe : () => undefined;

const tell = (who: string, cases: number) => process.stdout.write(`${who}: ${cases} requests\n`);

inSoak('the API, before a fuzzer of others that reads its document', () => {
  let world: ControlWorld;

  beforeAll(async () => {
    expect(await installPythonSet('schemathesis')).toBe(undefined);
  }, 300_000);

  beforeEach(async () => {
    world = await createControlWorld();
    for (const tenant of ['main', 'other'] as const) await furnish(world, tenant, canaries[tenant]);
  });

  afterEach(() => world.close());

  const everybody: (readonly [string, Tenant])[] = [
    ...[...roles, 'nobody'].map((role): [string, Tenant] => [role, 'main']),
    ['admin', 'other'],
    ['auditor', 'other'],
  ];

  it.each(everybody)(
    'answers %s of %s as the document says, never with a fault, and tells nothing of the other tenant [DAT-01]',
    async (role, tenant) => {
      const known = roles.find((one) => one === role);
      const credential = known === undefined ? undefined : world.credential(known, tenant);
      const found = await fuzz({ url: world.url, credential, examples, seed, document });
      tell(`${role} of ${tenant}`, found.cases);
      expect(found.failures).toBe('');
      expect(found.cases).toBeGreaterThan(1_000);
      expect(found.traffic).not.toContain(canaries[tenant === 'main' ? 'other' : 'main']);
      if (role === 'nobody') expect(found.traffic).not.toContain(canaries.main);
      if (role === 'admin') expect(found.traffic).toContain(canaries[tenant]);
    },
    mostMs,
  );
});

inSoak('the whole product, before a fuzzer of others that reads its document', () => {
  let instance: Instance | undefined;
  afterEach(() => instance?.remove());

  it(
    'answers its admin and an auditor as the document says, and goes on',
    async () => {
      expect(await installPythonSet('schemathesis')).toBe(undefined);
      instance = await startInstance({ demo: true });
      const url = instance.console;
      const added = await instance.admin.request('POST', '/v1/people', {
        name: 'ann',
        roles: ['auditor'],
        reason: 'fuzz',
      });
      const credential = added['credential'] as string;
      for (const as of [credential, instance.credential]) {
        const found = await fuzz({ url, credential: as, examples, seed, document });
        tell(as === credential ? 'an auditor of the product' : 'its admin', found.cases);
        expect(found.failures).toBe('');
        expect(found.cases).toBeGreaterThan(1_000);
      }
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
    },
    mostMs,
  );
});
