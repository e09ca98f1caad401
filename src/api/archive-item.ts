import { limits } from '#kernel/limits.ts';
import type { ArchiveHealth } from '#planes/audit/index.ts';

interface Item {
  readonly item: 'archive';
  readonly state: 'red' | 'amber' | 'green';
  readonly why: string;
}

/** How many records lie on this disk alone; undefined where no archive was named. */
export function archiveLag({ where, logs }: ArchiveHealth): number | undefined {
  if (where === undefined) return undefined;
  return logs.reduce((sum, log) => sum + Math.max(0, log.size - log.archivedTo), 0);
}

/** Whether the logs would outlive this disk. */
export function archiveItem(health: ArchiveHealth, tenant: string, isSystem: boolean): Item {
  const item = 'archive';
  if (health.where === undefined) {
    const why = 'no archive: whoever loses this disk loses the logs (`up --archive`)';
    return { item, state: 'amber', why };
  }
  const faults = health.faults.filter(({ tenant: of }) => isSystem || of === tenant);
  if (faults.length > 0) {
    return { item, state: 'red', why: faults.map(({ why }) => why).join('; ') };
  }
  const logs = health.logs.filter((log) => isSystem || log.tenant === tenant);
  const behind = logs.filter(({ size, archivedTo }) => archivedTo < size);
  const records = behind.reduce((sum, { size, archivedTo }) => sum + size - archivedTo, 0);
  const longest = behind.reduce((most, { behindMs }) => Math.max(most, behindMs), 0);
  if (health.away !== undefined) {
    const again = `tried again in ${Math.ceil(health.away.retryMs / 1_000)} s`;
    // Where the archive lies is for whoever runs the system.
    const told = isSystem ? health.away.why : 'the archive takes nothing';
    return { item, state: 'red', why: `${told}; ${records} records wait here, ${again}` };
  }
  const place = isSystem ? ` in \`${health.where}\`` : '';
  if (longest > limits.archiveLagMs) {
    const minutes = Math.round(longest / 60_000);
    return { item, state: 'red', why: `${records} records are not archived, for ${minutes} min` };
  }
  if (logs.length === 0) return { item, state: 'amber', why: `nothing is archived${place} yet` };
  return { item, state: 'green', why: `archived${place}, all but the newest ${records} records` };
}
