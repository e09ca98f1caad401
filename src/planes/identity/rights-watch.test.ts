import { beforeEach, describe, expect, it } from 'vitest';
import type { KeptRights, RightsDifference } from '#contracts/kept-rights.ts';
import type { Person } from '#kernel/principal.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeLog } from '../../../test/fakes/fake-log.ts';
import { createRightsWatch, mendRights } from './rights-watch.ts';

let differ: readonly RightsDifference[] = [];
let mended: string[] = [];
let log: FakeLog;

const kept = (takenOver: KeptRights['takenOver'] = new Map()): KeptRights => ({
  differences: async () => differ,
  seen: (tenant) => differ.filter((one) => one.tenant === tenant),
  mend: async (tenant) => void mended.push(tenant),
  takenOver,
});
const changed = (tenant: string): RightsDifference => ({
  what: 'person',
  tenant,
  person: 'bob',
  id: 'bob',
  why: 'changed',
});
const told = () => log.drafts.map(({ type, tenant, details }) => ({ type, tenant, details }));
const asDiffers = (tenant: string, type: string, more: object = {}) => {
  const row = { what: 'person', person: 'bob', id: 'bob', why: 'changed' };
  return { type, tenant, details: { differ: [row], count: 1, ...more } };
};

beforeEach(() => {
  log = new FakeLog(new ManualClock());
  differ = [];
  mended = [];
});

describe('whoever watches over what the store says of people', () => {
  const watch = (of?: KeptRights['takenOver']) =>
    createRightsWatch({ keptRights: kept(of), recorder: log, writer: 'control-1' });

  it('puts each thing that differs on record once, in its tenant, and again once it was gone between [AUD-03] [AUD-15]', async () => {
    const looking = watch();
    await looking.look();
    differ = [changed('main'), changed('other')];
    for (const _ of [1, 2]) await looking.look();
    const both = ['main', 'other'].map((tenant) => asDiffers(tenant, 'identity.rights-differ'));
    expect(told()).toEqual(both);
    differ = [changed('other')];
    await looking.look();
    differ = [changed('main'), changed('other')];
    await looking.look();
    expect(told()).toEqual([...both, both[0]]);
  });

  it('tells it once, however slow the log is and however often it is looked at meanwhile', async () => {
    const looking = watch();
    differ = [changed('main')];
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const record = log.record.bind(log);
    log.record = async (draft) => {
      await held;
      return record(draft);
    };
    const looks = [looking.look(), looking.look(), looking.look()];
    goOn();
    await Promise.all(looks);
    expect(told()).toEqual([asDiffers('main', 'identity.rights-differ')]);
  });

  it('tells it again where no record of it could be written', async () => {
    const looking = watch();
    differ = [changed('main')];
    log.failing = true;
    await expect(looking.look()).rejects.toThrow();
    log.failing = false;
    await looking.look();
    expect(told()).toEqual([asDiffers('main', 'identity.rights-differ')]);
  });

  it('says that the store was believed, once', async () => {
    const counts = { people: 2, elevations: 0, passkeys: 1, tokens: 1, admins: ['ann'] };
    const looking = watch(new Map([['main', counts]]));
    for (const _ of [1, 2]) await looking.look();
    const record = { type: 'identity.rights-taken-over', tenant: 'main', details: { ...counts } };
    expect(told()).toEqual([record]);
  });
});

describe('whoever mends it', () => {
  const ann: Person = { tenant: 'main', name: 'ann', roles: ['admin'] };
  const mend = (by: Person = ann, reason = 'put back') =>
    mendRights({ keptRights: kept(), recorder: log }, { by, reason });

  it('is an admin in person, with words, of their own tenant, on record before [AUD-03]', async () => {
    differ = [changed('main'), changed('other')];
    expect(await mend()).toEqual([changed('main')]);
    expect(told()).toEqual([asDiffers('main', 'identity.rights-mended', { reason: 'put back' })]);
    expect(mended).toEqual(['main']);
    const through = { kind: 'token', id: 't' } as const;
    for (const by of [
      { ...ann, roles: ['operator'] as const },
      { ...ann, through },
    ]) {
      await expect(mend(by)).rejects.toMatchObject({ code: 'api/forbidden' });
    }
    await expect(mend(ann, ' ')).rejects.toMatchObject({ code: 'api/reason-required' });
    log.failing = true;
    await expect(mend()).rejects.toThrow();
    expect(mended).toEqual(['main']);
  });

  it('does nothing, and writes nothing, where nothing differs', async () => {
    expect([await mend(), told(), mended]).toEqual([[], [], []]);
  });
});
