import { describe, expect, it } from 'vitest';
import type { StoredPerson } from '#contracts/people-book.ts';
import { createRunningReplays, type Replay, type RunningAsked } from './running-replays.ts';

const person = (name: string, tenant = 'main') => ({ name, tenant }) as StoredPerson;
const [pia, ben] = [person('pia'), person('ben')];

/** Ends when it is told to, or when it is ended. */
function slow() {
  const ends = Promise.withResolvers<string>();
  let asked: RunningAsked | undefined;
  const replay: Replay<string> = {
    run: (running) => {
      asked = running;
      running.signal.addEventListener('abort', () => ends.reject(new Error('ended')));
      return ends.promise;
    },
    soFar: (_, { records, of }) => `${records} of ${of}`,
  };
  return { replay, ends, signal: () => asked?.signal, told: () => asked?.told };
}

describe('a replay that takes longer than a request', () => {
  it('says how far it is, goes on meanwhile, and is told once [POL-04]', async () => {
    const replays = createRunningReplays<string>({ waitMs: 0 });
    const { replay, ends, told } = slow();
    const id = replays.begin(pia, replay);
    expect(await replays.next(pia, id)).toBe('0 of 0');
    told()?.({ records: 256, of: 1_000 });
    expect(await replays.next(pia, id)).toBe('256 of 1000');
    ends.resolve('all of it');
    await expect.poll(() => replays.next(pia, id).catch(() => 'gone')).toBe('all of it');
    await expect(replays.next(pia, id)).rejects.toMatchObject({ code: 'api/not-found' });
  });

  it('is of whoever began it, and of nobody else', async () => {
    const replays = createRunningReplays<string>({ waitMs: 0 });
    const id = replays.begin(pia, slow().replay);
    for (const other of [ben, person('pia', 'other')]) {
      await expect(replays.next(other, id)).rejects.toMatchObject({ code: 'api/not-found' });
    }
    expect(await replays.next(pia, id)).toBe('0 of 0');
  });

  it('ends by itself when nobody asks for it any more', async () => {
    const replays = createRunningReplays<string>({ waitMs: 0, idleMs: 1 });
    const { replay, signal } = slow();
    const id = replays.begin(pia, replay);
    await expect.poll(() => signal()?.aborted).toBe(true);
    await expect(replays.next(pia, id)).rejects.toMatchObject({ code: 'api/not-found' });
  });

  it('leaves its place when it fails, and tells why', async () => {
    const replays = createRunningReplays<string>({ waitMs: 1_000, ofTenant: 1 });
    const id = replays.begin(pia, {
      run: () => Promise.reject(new Error('no disk')),
      soFar: String,
    });
    await expect(replays.next(pia, id)).rejects.toThrow('no disk');
    expect(() => replays.begin(pia, slow().replay)).not.toThrow();
  });

  it('has as many beside it as may run in a tenant, and in another as many again', () => {
    const replays = createRunningReplays<string>({ ofTenant: 2 });
    replays.begin(pia, slow().replay);
    replays.begin(ben, slow().replay);
    expect(() => replays.begin(pia, slow().replay)).toThrow(
      expect.objectContaining({ code: 'api/too-many-replays' }),
    );
    expect(() => replays.begin(person('pia', 'other'), slow().replay)).not.toThrow();
  });
});
