import type { Delegations } from '#contracts/delegations.ts';
import { oweRecord } from '#contracts/owed.ts';
import type { OverlayFeed } from '#contracts/overlay-feed.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import { withdrawnDraft } from './records.ts';

/** Takes privilege away: it is in force first, and its record is owed in the same transaction. */
export function createWithdrawals({
  overlay,
  clock,
}: {
  readonly overlay: Pick<OverlayFeed, 'add' | 'current'>;
  readonly clock: Clock;
}): Pick<Delegations, 'withdrawToken' | 'isWithdrawn'> {
  return {
    async withdrawToken({ of, token, expiresAt, by, reason }) {
      const at = clock.now();
      const { tenant } = of;
      const entry = {
        id: idOf(tenant, token),
        target: { kind: 'token', tenant, token },
        why: 'withdrawn',
        by,
        reason,
        at,
        // Nobody believes it any longer by then, whose clock it may be.
        until: expiresAt + 2 * limits.clockSkewMs,
      } as const;
      const record = oweRecord(withdrawnDraft(of, { token, by, reason }), at);
      // Given back twice is withdrawn, and on record, once.
      await overlay.add(entry, [{ ...record, id: `record-${entry.id}` }]);
    },
    async isWithdrawn(tenant, token) {
      const { entries } = await overlay.current();
      return entries.some(({ id }) => id === idOf(tenant, token));
    },
  };
}

function idOf(tenant: string, token: string): string {
  return `withdrawn-token-${tenant}-${token}`;
}
