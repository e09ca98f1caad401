import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '#kernel/digest.ts';
import type { Role } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { ManualClock } from '#kernel/time.ts';
import { openedStore } from '../../../test/fakes/opened-store.ts';
import type { MissingLog } from './log-directory.ts';
import { createMissingDesk, type MissingDesk } from './missing-desk.ts';

const clock = new ManualClock();
const origin = 'o/main/standard/gateway-2';
const gone: MissingLog = { origin, noted: 12, found: undefined };

let opened: Awaited<ReturnType<typeof openedStore>>;
let desk: MissingDesk;
let missing: MissingLog[] = [];
let asked: RecordDraft[] = [];
let accepted: RecordDraft[] = [];
beforeEach(async () => {
  opened = await openedStore(clock);
  [missing, asked, accepted] = [[gone], [], []];
  desk = createMissingDesk({
    ...opened.store,
    clock,
    directory: {
      missing: () => missing,
      accept: async (_tenant, { draft }) => {
        accepted.push(draft);
        return 'r-1';
      },
    },
    recorder: {
      record: async (draft) => asked.push(draft),
      owe: async (draft) => asked.push(draft),
    },
  });
});
afterEach(() => opened[Symbol.asyncDispose]());

async function join(name: string, role: Role): Promise<void> {
  const person = { name, tenant: 'main', roles: [role] };
  const credentialDigest = sha256Hex(name);
  await opened.store.people.addPerson({ person, credentialDigest, now: clock.now() });
}
const says = (name: string, role: Role = 'admin', over: object = {}) =>
  desk.acceptMissing({
    by: { name, tenant: 'main', roles: [role] },
    origin,
    reason: 'disk lost',
    ...over,
  });

describe('that a log is missed no more', () => {
  it('is said by one admin where there is no other, by the end of its name too', async () => {
    await join('maria', 'admin');
    await join('audrey', 'auditor');
    const told = await says('maria', 'admin', { origin: 'main/standard/gateway-2' });
    expect(told).toEqual({ origin, noted: 12, record: 'r-1', until: undefined });
    expect(accepted).toMatchObject([
      { type: 'log.missing-accepted', details: { origin, noted: 12, reason: 'disk lost' } },
    ]);
  });

  it('is said by two where there is another admin, and by nobody twice [AUD-03]', async () => {
    await join('maria', 'admin');
    await join('noor', 'admin');
    expect(await says('maria')).toMatchObject({ record: undefined, until: expect.any(Number) });
    expect(accepted).toEqual([]);
    expect(asked).toMatchObject([{ type: 'privacy.asked', details: { act: 'accept-missing' } }]);
    for (const by of ['maria', 'Maria'])
      await expect(says(by), by).rejects.toMatchObject({ code: 'audit/second-person' });
    expect(await says('noor')).toMatchObject({ record: 'r-1' });
    expect(accepted).toMatchObject([{ actors: [{ name: 'noor' }], details: { askedBy: 'maria' } }]);
  });

  it('is said by two where another may become admin, and by nobody while something is held [AUD-03, DAT-10]', async () => {
    await join('maria', 'admin');
    const person = {
      name: 'bob',
      tenant: 'main',
      roles: ['operator'],
      eligible: ['admin'],
    } as const;
    await opened.store.people.addPerson({
      person,
      credentialDigest: sha256Hex('bob'),
      now: clock.now(),
    });
    expect(await says('maria')).toMatchObject({ record: undefined });
    const hold = {
      id: 'h-1',
      scope: { kind: 'since', from: 0 },
      matter: 'a case',
      askedBy: 'pia',
      askedAt: 0,
      lapsesAt: undefined,
      heldBy: 'pet',
      heldAt: 1,
      releasedBy: undefined,
      releasedAt: undefined,
    } as const;
    await opened.store.holds.ask('main', hold);
    await expect(says('maria')).rejects.toMatchObject({
      code: 'audit/held',
      details: { holds: ['h-1'] },
    });
    expect(accepted).toEqual([]);
  });

  it('is said of no log that is there, or that nobody misses, nor without right and reason', async () => {
    await join('maria', 'admin');
    await expect(says('maria', 'admin', { origin: 'gateway-9' })).rejects.toMatchObject({
      code: 'api/not-found',
      suggestedAction: `missing are: ${origin}`,
    });
    await expect(says('maria', 'operator')).rejects.toMatchObject({ code: 'api/forbidden' });
    await expect(says('maria', 'admin', { reason: ' ' })).rejects.toMatchObject({
      code: 'api/reason-required',
    });
    missing = [{ ...gone, found: 3 }];
    await expect(says('maria')).rejects.toMatchObject({ code: 'api/invalid' });
    expect([...asked, ...accepted]).toEqual([]);
  });
});
