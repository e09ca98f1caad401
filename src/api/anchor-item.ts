import type { AnchorHealth } from '#planes/audit/index.ts';
import { isoTime } from '#kernel/time.ts';

interface Item {
  readonly item: 'anchors';
  readonly state: 'red' | 'amber' | 'green';
  readonly why: string;
}

/** What others say of the time and what we say differ by less, or one of us is wrong. */
const skewMs = 60_000;

/** Whether others outside note the heads of the logs; nothing where nobody was named. */
export function anchorItem(
  health: AnchorHealth,
  tenant: string,
  isSystem: boolean,
): Item | undefined {
  if (health.places.length === 0) return undefined;
  const item = 'anchors';
  const faults = health.faults.filter(({ tenant: of }) => isSystem || of === tenant);
  if (faults.length > 0) {
    return { item, state: 'red', why: faults.map(({ why }) => why).join('; ') };
  }
  if (health.problems.length > 0) {
    // Who is asked is for whoever runs the system.
    const told = isSystem ? health.problems.join('; ') : 'who was to note the heads does not';
    return { item, state: 'red', why: told };
  }
  const logs = health.logs.filter((log) => isSystem || log.tenant === tenant);
  const noted = logs.filter(({ anchoredTo }) => anchoredTo > 0);
  if (noted.length === 0) return { item, state: 'amber', why: 'no head was noted outside yet' };
  if (health.skewMs > skewMs) {
    const seconds = Math.round(health.skewMs / 1_000);
    const why = `our clock and that of who notes the heads differ by ${seconds} s`;
    return { item, state: 'amber', why };
  }
  const each = noted.map(
    ({ origin, place, anchoredTo, at }) =>
      `${origin} to ${anchoredTo}${at === undefined ? '' : ` at ${isoTime(at)}`} by ${place}`,
  );
  return { item, state: 'green', why: `noted: ${each.join(', ')}` };
}
