import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvalRequest, describeGrantLedger } from '#contracts/grant-ledger.suite.ts';
import type { Store } from '#contracts/store.ts';
import { describeTaskBook } from '#contracts/task-book.suite.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { ManualClock } from '#kernel/time.ts';
import { createPayloadSealer, type PayloadSealer } from '#planes/audit/index.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { withSealedArguments } from './privacy.ts';

async function open() {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-held-'));
  const clock = new ManualClock();
  const plain = await openSqliteStore({ folder, clock });
  const { payloadKeys: keys } = plain;
  const sealer = await createPayloadSealer({ keyring: new FakeKeyring(), clock, keys });
  return { folder, clock, plain, sealer, store: withSealedArguments(plain, { sealer }) };
}

describeGrantLedger('a store that seals what is held', async () => {
  const { folder, clock, store } = await open();
  const close = async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { port: store, authority: store, clock, close };
});

describeTaskBook('a store that seals what users say', async () => {
  const { folder, clock, store } = await open();
  const close = async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { port: store, authority: store, clock, close };
});

describe('arguments that wait for a human', () => {
  let world: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    world = await open();
  });
  afterAll(async () => {
    await world.store.close();
    rmSync(world.folder, { recursive: true, force: true });
  });

  const filesThatSay = (text: string) =>
    readdirSync(world.folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /sqlite/.test(name))
      .filter((name) => readFileSync(join(world.folder, name)).includes(text));

  async function held(of: Store, user: string, text: string) {
    const asked = approvalRequest({ tenant: 'main', now: world.clock.now(), call: text });
    const binding = { ...asked.binding, user };
    return of.grants.request({
      ...asked,
      binding,
      context: { ...asked.context, argumentsText: text, beforeText: `[${text}]` },
    });
  }

  it('are plain in no file of the store, and told as they were sent to whoever decides [AUD-19]', async () => {
    const text = '{"customer":"Canary-4711"}';
    const asked = await held(world.store, 'ann', text);
    expect(asked.context.argumentsText).toBe(text);
    expect(filesThatSay('Canary-4711')).toEqual([]);
    const { grants } = world.store;
    const told = [
      await grants.byId('main', asked.id),
      await grants.byHandle('main', asked.handle),
      ...(await grants.list({ tenant: 'main', limit: 9 })),
    ];
    expect(told.map((one) => one?.context.argumentsText)).toEqual([text, text, text]);
    // What stood there before is of the same people.
    expect(told.map((one) => one?.context.beforeText)).toEqual([
      `[${text}]`,
      `[${text}]`,
      `[${text}]`,
    ]);
    // A row of an earlier version is plain, and is told too.
    const old = await held(world.plain, 'bob', '{"customer":"Canary-0815"}');
    expect(filesThatSay('Canary-0815')).not.toEqual([]);
    expect((await grants.byId('main', old.id))?.context.argumentsText).toContain('Canary-0815');
  });

  it('are gone with the key of whose they are, and with that of nobody else [DAT-10]', async () => {
    const { store, clock } = world;
    const [eve, dan] = [await held(store, 'eve', '{"a":1}'), await held(store, 'dan', '{"b":2}')];
    const handle = (await store.payloadKeys.of('main', 'eve'))?.handle ?? '';
    await store.payloadKeys.destroy({ tenant: 'main', handle, record: 'r', now: clock.now() });
    expect(await store.grants.byId('main', eve.id)).toEqual({
      ...eve,
      context: { ...eve.context, argumentsText: '', beforeText: '' },
    });
    expect(await store.grants.byId('main', dan.id)).toEqual(dan);
  });

  it('that cannot be opened are told so in a list, hide no other there, and are a fault alone', async () => {
    const shut: Pick<PayloadSealer, 'sealFor' | 'open'> = {
      sealFor: (...of) => world.sealer.sealFor(...of),
      open: async (tenant, blob) => {
        const text = String(await world.sealer.open(tenant, blob));
        if (!text.includes('shut')) return Buffer.from(text);
        throw new BailiwickError('credentials/unwrap-failed', { message: 'a changed body' });
      },
    };
    const { grants } = withSealedArguments(world.plain, { sealer: shut as PayloadSealer });
    const [good, bad] = [
      await held(world.store, 'ida', '{"open":1}'),
      await held(world.store, 'ida', '{"shut":1}'),
    ];
    const texts = new Map(
      (await grants.list({ tenant: 'main', limit: 99 })).map((one) => [
        one.id,
        one.context.argumentsText,
      ]),
    );
    expect(texts.get(good.id)).toBe('{"open":1}');
    expect(texts.get(bad.id)).toBe('cannot be opened: a changed body');
    await expect(grants.byId('main', bad.id)).rejects.toMatchObject({
      code: 'credentials/unwrap-failed',
    });
    // Nor does it keep others that are over off the record: they have ended by then.
    const over = await grants.expire(Number.MAX_SAFE_INTEGER);
    expect(over.map(({ id }) => id)).toEqual(expect.arrayContaining([good.id, bad.id]));
  });

  it('are not kept at all where they cannot be sealed', async () => {
    const away: Pick<PayloadSealer, 'sealFor' | 'open'> = {
      sealFor: () => Promise.reject(new Error('the keys are away')),
      open: () => Promise.reject(new Error('the keys are away')),
    };
    const store = withSealedArguments(world.plain, { sealer: { ...world.sealer, ...away } });
    await expect(held(store, 'fay', '{"c":3}')).rejects.toThrow('the keys are away');
    const told = await world.plain.grants.list({ tenant: 'main', limit: 99 });
    expect(told.map(({ binding }) => binding.user)).not.toContain('fay');
  });

  it('lie beside the words of a user, which an erasure takes as well [AUD-19]', async () => {
    const { store, plain, clock } = world;
    const words = 'Pay Canary-4712 and nobody else.';
    const begun = {
      by: 'nan',
      reason: 'a bill',
      intent: 'sealed',
      words,
      scope: undefined,
      until: 9,
    };
    const task = {
      id: 'said',
      agent: 'teller',
      owner: 'ada@example.com',
      kind: 'begun',
      instance: undefined,
      labels: [],
      begun,
    } as const;
    await store.tasks.begin({ tenant: 'main', tasks: [task], sessions: [], now: clock.now() });
    expect(await store.tasks.words('main', 'said')).toMatchObject([{ way: 'begin', words }]);
    expect(filesThatSay('Canary-4712')).toEqual([]);
    const key = await plain.payloadKeys.of('main', 'nan');
    const gone = { tenant: 'main', handle: key?.handle ?? '', record: 'r', now: clock.now() };
    expect(await plain.payloadKeys.destroy(gone)).toBe(true);
    expect(await store.tasks.words('main', 'said')).toEqual([]);
  });
});
