import type { KeptRights } from '#contracts/kept-rights.ts';
import type { SignIns } from './door.ts';

/** A sign-in that is not as it was begun is put right by ending it, and what stands on it ends with it. */
export function mendingSignIns(keptRights: KeptRights, { end }: Pick<SignIns, 'end'>): KeptRights {
  const by = { kind: 'system', name: 'system/sign-in' } as const;
  const reason = 'its row in the store is not as it was begun';
  return {
    takenOver: keptRights.takenOver,
    differences: () => keptRights.differences(),
    seen: (tenant) => keptRights.seen(tenant),
    async mend(tenant) {
      await keptRights.mend(tenant);
      for (const { what, id } of keptRights.seen(tenant)) {
        if (what === 'sign-in') await end({ tenant, ground: { kind: 'session', id }, by, reason });
      }
      await keptRights.differences();
    },
  };
}
