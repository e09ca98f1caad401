import type { ApiTokenBook } from '#contracts/api-token-book.ts';
import { oweRecord } from '#contracts/owed.ts';
import type { StoreMarks } from '#contracts/store-mark.ts';
import type { Clock } from '#kernel/time.ts';
import type { SignIns } from '#planes/sign-in/index.ts';

export interface VoidParts {
  readonly marks: Pick<StoreMarks, 'current'>;
  readonly apiTokens: Pick<ApiTokenBook, 'list' | 'remove'>;
  readonly sessions: Pick<SignIns, 'list' | 'endOwed'>;
  readonly clock: Clock;
}

export interface VoidGround {
  readonly reason: string;
  /** What was begun from then on was not in what was put back. */
  readonly before: number;
}

const by = { kind: 'system', name: 'system/restore' } as const;
const atOnce = 500;

/**
 * Of a store that was restored: whoever was signed in then, and each API token, is worth nothing; each on record. Who held one
 * since may have been told no. INVARIANT: again and again the same, so that a crash within is made good by the next start.
 */
export async function voidRestored(parts: VoidParts, why: VoidGround): Promise<void> {
  const { spent } = await parts.marks.current();
  for (const tenant of Object.keys(spent)) await voidIn(parts, { ...why, tenant });
}

async function voidIn(
  { apiTokens: tokens, sessions, clock }: VoidParts,
  { tenant, reason, before }: VoidGround & { readonly tenant: string },
): Promise<void> {
  const now = clock.now();
  for (const { id, name, person, createdAt } of await tokens.list(tenant, now)) {
    if (createdAt >= before) continue;
    const draft = {
      type: 'identity.api-token-revoked',
      tenant,
      actors: [by],
      details: { token: id, name, person, reason },
    } as const;
    await tokens.remove({ tenant, id, also: [oweRecord(draft, now)] });
  }
  // What cannot be ended stays in front of what can: a row that somebody edited, which signs in nobody.
  const tried = new Set<string>();
  for (let limit = atOnce; ; ) {
    const open = await sessions.list({ tenant, open: true, now, limit });
    const next = open.filter(({ id, begunAt }) => begunAt < before && !tried.has(id));
    if (next.length === 0 && open.length < limit) return;
    if (next.length === 0) limit += atOnce;
    for (const { id } of next) {
      tried.add(id);
      await sessions.endOwed({ tenant, ground: { kind: 'session', id }, by, reason });
    }
  }
}
