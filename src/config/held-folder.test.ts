import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bootstrap } from '#contracts/document-change.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type ControlWorld, createControlWorld } from '../../test/fakes/control-world.ts';
import { sealKeys } from '../../test/fakes/approval-asks.ts';
import { documentKinds } from '../programs/catalogue.ts';
import { keepDocuments, readDocuments } from './folder.ts';
import { heldFolder, withSteps } from './index.ts';
import { specDigest } from './plan.ts';

let world: ControlWorld;
let folder: string;
let bootstrap: Partial<Bootstrap>;

beforeEach(async () => {
  world = await createControlWorld();
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-held-'));
  bootstrap = { endedAt: 0 };
});

afterEach(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

const server =
  'kind: ToolServer\nname: notes\nspec: { connect: { url: "http://127.0.0.1:1/mcp" } }\n';
const manifest = (...tools: readonly string[]) =>
  `---\nkind: Manifest\nname: desk\nspec: { tools: [${tools.map((tool) => `{ tool: notes/${tool} }`).join(', ')}] }\n`;
const agent = (more = '') =>
  `---\nkind: Agent\nname: support\nspec: { owner: ann, purpose: p, manifest: desk${more} }\n`;

/** As the control program reads its folder. */
async function read(text: string): Promise<void> {
  writeFileSync(join(folder, 'all.yaml'), text);
  const { store, log, clock } = world;
  const record = (draft: Parameters<typeof log.record>[0]) => log.record(draft);
  const parts = { store, kinds: documentKinds, tenant: 'main', record, clock };
  const found = await readDocuments(parts, folder);
  const held = await heldFolder(
    {
      keys: sealKeys,
      documents: store.documents,
      kinds: documentKinds,
      recorder: log,
      clock,
      reviews: {
        ...store.documentReviews,
        bootstrap: async () => ({
          begunAt: 0,
          until: clock.now() + 1,
          endedAt: undefined,
          ...bootstrap,
        }),
      },
      async rehearseSteps(tenant, steps) {
        const next = withSteps(await store.documents.list(tenant), steps);
        const names = new Set(next.map(({ kind, name }) => `${kind}/${name}`));
        expect(names.has('Manifest/desk')).toBe(true);
        return { before: undefined, after: undefined };
      },
    },
    'main',
    found,
  );
  await keepDocuments(parts, held);
}

const specOf = async (kind: string): Promise<JsonObject | undefined> =>
  (await world.store.documents.list('main')).find((one) => one.kind === kind)?.spec;
const reviews = () => world.store.documentReviews.list('main');
const types = () => world.log.drafts.map(({ type }) => type);

describe('a folder in which what is risky waits', () => {
  it('comes as it is the first time: nobody is there who could say yes', async () => {
    await read(server + manifest('see') + agent());
    expect(await specOf('Agent')).toMatchObject({ manifest: 'desk' });
    expect(await reviews()).toEqual([]);
  });

  it('puts in force what only takes away, and asks for the rest once [POL-06]', async () => {
    await read(server + manifest('see') + agent());
    await read(server + manifest('see', 'add') + agent(', suspended: true'));
    expect((await specOf('Agent'))?.['suspended']).toBe(true);
    expect((await specOf('Manifest'))?.['tools']).toHaveLength(1);
    const [review] = await reviews();
    expect(review).toMatchObject({ owner: 'folder', askedBy: 'folder', state: 'open' });
    expect(review?.documents).toEqual(['Manifest/desk']);
    await read(server + manifest('see', 'add') + agent(', suspended: true'));
    expect(await reviews()).toHaveLength(1);
    expect(world.log.drafts.find(({ type }) => type === 'config.change-requested')).toMatchObject({
      actors: [{ kind: 'system', name: 'system/config' }],
    });
  });

  it('takes back what it asked for when the folder says otherwise', async () => {
    await read(server + manifest('see') + agent());
    await read(server + manifest('see', 'add') + agent());
    await read(server + manifest('see', 'other') + agent());
    const states = (await reviews()).map(({ state }) => state);
    expect(states.toSorted()).toEqual(['open', 'rejected']);
    await read(server + manifest('see') + agent());
    expect((await specOf('Manifest'))?.['tools']).toHaveLength(1);
    expect((await reviews()).map(({ state }) => state)).toEqual(['rejected', 'rejected']);
  });

  it('is in force after the yes of a person, and stays so when it is read again', async () => {
    await read(server + manifest('see') + agent());
    await read(server + manifest('see', 'add') + agent());
    const [review] = await reviews();
    const { changes } = world.desks;
    const { plan } = await changes.show('main', review?.id ?? '');
    await changes.approve({
      by: world.person('operator'),
      id: review?.id ?? '',
      plan: plan?.id ?? '',
      reason: 'looked',
    });
    expect((await specOf('Manifest'))?.['tools']).toHaveLength(2);
    const before = types().length;
    await read(server + manifest('see', 'add') + agent());
    expect(types()).toHaveLength(before);
    const [stored] = (await world.store.documents.list('main')).filter(
      ({ kind }) => kind === 'Manifest',
    );
    expect(stored).toMatchObject({ owner: 'folder', appliedBy: 'operator-main' });
  });

  it('has what came into force by the API from then on, on record, and its review is over [LIF-04]', async () => {
    await read(server + manifest('see') + agent());
    const policy =
      '---\nkind: Policy\nname: free\nspec: { cedar: "forbid(principal, action, resource);" }\n';
    const more = manifest('see').replace('name: desk', 'name: more');
    const spec = { tools: [{ tool: 'notes/see' }] };
    await read(server + manifest('see') + agent() + more + policy);
    const waits = await reviews();
    const asked = waits.flatMap(({ documents }) => documents);
    const mine = {
      'Manifest/more': spec,
      'Policy/free': { cedar: 'forbid(principal, action, resource);' },
    };
    for (const key of asked) {
      const [kind = '', name = ''] = key.split('/');
      const own = mine[key as keyof typeof mine];
      const put = { tenant: 'main', kind, name, spec: own, digest: specDigest(own) };
      await world.store.documents.put({ ...put, by: 'ann', now: world.clock.now() });
    }
    expect(asked.length).toBeGreaterThan(0);
    await world.desks.changes.look('main');
    expect((await reviews()).map(({ state }) => state)).toEqual(['applied']);
    const owners = (await world.store.documents.list('main')).map(({ owner }) => owner);
    expect(new Set(owners)).toEqual(new Set(['folder']));
    const taken = world.log.drafts.filter(({ details }) => details?.['ownerBefore'] === 'api');
    expect(taken).toHaveLength(asked.length);
    const before = types().length;
    await read(server + manifest('see') + agent() + more + policy);
    expect(types()).toHaveLength(before);
  });

  it('is no first time after all of it was taken away: what comes back waits as any does [POL-06]', async () => {
    await read(server + manifest('see') + agent());
    const set = { tenant: 'main', owner: 'folder' as const, documents: [], by: 'folder' };
    await world.store.documents.replaceAll({ ...set, now: world.clock.now() });
    await read(server + manifest('see', 'delete_all') + agent());
    expect(await world.store.documents.list('main')).toEqual([]);
    expect(await reviews()).toMatchObject([{ state: 'open', owner: 'folder' }]);
  });

  it('comes at once while one person is alone, on record as an exception', async () => {
    bootstrap = {};
    await read(server + manifest('see') + agent());
    await read(server + manifest('see', 'add') + agent());
    expect((await specOf('Manifest'))?.['tools']).toHaveLength(2);
    expect(world.log.drafts.filter(({ type }) => type === 'config.change-approved')).toMatchObject([
      { actors: [{ name: 'system/config' }], details: { exception: 'bootstrap' } },
    ]);
  });
});
