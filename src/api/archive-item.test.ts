import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import type { ArchiveHealth } from '#planes/audit/index.ts';
import { archiveItem, archiveLag } from './archive-item.ts';

const log = {
  tenant: 'main',
  retention: 'standard',
  writer: 'gw',
  size: 10,
  archivedTo: 10,
  behindMs: 0,
};
const well: ArchiveHealth = {
  where: '/mnt/a',
  enforcedBy: '',
  logs: [log],
  faults: [],
  away: undefined,
};
const item = (health: Partial<ArchiveHealth>, tenant = 'main', isSystem = true) =>
  archiveItem({ ...well, ...health }, tenant, isSystem);

describe('what the status says of the archive', () => {
  it('is amber without one, green with what waits, and red when that waits for too long', () => {
    expect(item({ where: undefined }).state).toBe('amber');
    const behind = (behindMs: number) => item({ logs: [{ ...log, archivedTo: 7, behindMs }] });
    expect(behind(limits.archiveLagMs)).toMatchObject({
      state: 'green',
      why: 'archived in `/mnt/a`, all but the newest 3 records',
    });
    expect(behind(limits.archiveLagMs + 1)).toMatchObject({
      state: 'red',
      why: '3 records are not archived, for 60 min',
    });
  });

  it('is red while the archive takes nothing, and tells its place to the system alone', () => {
    const away = { why: '`/mnt/a`: ENOSPC', retryMs: 4_000 };
    expect(item({ away }).why).toBe('`/mnt/a`: ENOSPC; 0 records wait here, tried again in 4 s');
    expect(item({ away }, 'other', false)).toMatchObject({ state: 'red' });
    expect(item({ away }, 'other', false).why).not.toContain('/mnt/a');
  });

  it('tells a tenant of its own logs only', () => {
    const faults = [{ tenant: 'main', why: 'another history' }];
    expect(item({ faults }).state).toBe('red');
    expect(item({ faults, logs: [{ ...log, tenant: 'other' }] }, 'other', false).state).toBe(
      'green',
    );
  });

  it('counts what lies here alone, and nothing where no archive is', () => {
    const logs = [
      { ...log, archivedTo: 4 },
      { ...log, archivedTo: 12 },
    ];
    expect([archiveLag({ ...well, logs }), archiveLag({ ...well, where: undefined })]).toEqual([
      6,
      undefined,
    ]);
  });
});
