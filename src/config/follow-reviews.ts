import type { ChangeDesk } from '#contracts/change-desk.ts';

const dueMs = 5_000;

interface Parts {
  readonly changes: Pick<ChangeDesk, 'endDue' | 'look'>;
  /** Whose changes there are. */
  readonly tenants: () => Promise<readonly string[]>;
  readonly onFault: (fault: unknown) => void;
}

/**
 * What waits is looked through at the start, when whoever edited the store is done, and what is over is closed as
 * time goes; answers how to stop.
 */
export async function followReviews(parts: Parts): Promise<() => void> {
  const { changes } = parts;
  await eachTenant(parts, (tenant) => changes.look(tenant));
  const due = () => void eachTenant(parts, (tenant) => changes.endDue(tenant));
  const timer = setInterval(due, dueMs);
  return () => clearInterval(timer);
}

/** One that cannot be looked at keeps no other from it. */
async function eachTenant(
  { tenants, onFault }: Parts,
  look: (tenant: string) => Promise<void>,
): Promise<void> {
  const all = await tenants().catch((fault: unknown) => {
    onFault(fault);
    return [];
  });
  for (const tenant of all) await look(tenant).catch(onFault);
}
