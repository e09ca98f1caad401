import { isoTime } from '#kernel/time.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { exceptionsDue } from '#planes/tools/index.ts';

export interface ExceptionsItem {
  readonly item: 'exceptions';
  readonly state: 'amber';
  readonly why: string;
}

/** Exceptions that end within days or count for nothing any more; undefined when none is due. */
export function exceptionsItem(
  tenant: TenantSnapshot | undefined,
  now: number,
): ExceptionsItem | undefined {
  const due = exceptionsDue(Object.values(tenant?.servers ?? {}), now);
  if (due.length === 0) return undefined;
  const named = due.map(({ server, tool, exception, state }) => {
    const end = isoTime(exception.until).slice(0, 10);
    const when = {
      'in-force': `ends ${end}`,
      ended: `ended ${end}: it is refused`,
      'too-long': `ends ${end}, later than an exception may: it is refused`,
      none: 'is none',
    }[state];
    return `${server}/${tool} (of ${exception.owner}) ${when}`;
  });
  return { item: 'exceptions', state: 'amber', why: named.join('; ') };
}
