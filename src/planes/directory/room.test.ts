import { expect, it } from 'vitest';
import { createDeskRecorder } from '#contracts/desk.ts';
import { limits } from '#kernel/limits.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeLog } from '../../../test/fakes/fake-log.ts';
import { openedStore } from '../../../test/fakes/opened-store.ts';
import { createScimDesk } from './scim-desk.ts';

it('holds so many users and groups and no more (directoryUsers, directoryGroups)', async () => {
  expect([limits.directoryUsers, limits.directoryGroups]).toEqual([100_000, 10_000]);
  const clock = new ManualClock();
  await using opened = await openedStore(clock);
  const { store } = opened;
  const recorder = createDeskRecorder(new FakeLog(clock), { outbox: store.outbox, clock });
  const most = { directoryUsers: 2, directoryGroups: 1 };
  const desk = createScimDesk({ directory: store.directory, recorder, clock, limits: most });
  const token = {
    tenant: 'main',
    id: 't',
    madeBy: 'ann',
    madeAt: 0,
    expiresAt: 1,
    endedAt: undefined,
  };
  const post = async (place: string, body: unknown) => {
    const asked = {
      token,
      method: 'POST',
      place,
      id: undefined,
      query: {},
      body,
      base: '',
    } as const;
    return (await desk.serve({ ...asked, ifMatch: undefined, ifNoneMatch: undefined })).status;
  };
  const users = ['ann', 'bob', 'cy'].map((userName) => post('Users', { userName }));
  expect(await Promise.all(users)).toEqual([201, 201, 409]);
  const groups = ['a', 'b'].map((displayName) => post('Groups', { displayName }));
  expect(await Promise.all(groups)).toEqual([201, 409]);
});
