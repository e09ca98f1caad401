import { countersOf } from '#contracts/task-amounts.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { grantsTarget } from '#kernel/manifest.ts';
import type { TaskScope, TenantSnapshot } from '#kernel/snapshot.ts';
import { parseTarget, type Target } from '#kernel/target.ts';

const nowhere: Target = { kind: 'tool', owner: '', name: '' };

/** What the sums that no task counts yet are of. */
export function summedOf(scope: TaskScope | undefined): readonly { readonly target: Target }[] {
  const asked = (scope?.amounts ?? []).filter(({ task }) => task === undefined);
  const sums = asked.flatMap((one) => one.sums ?? []);
  return sums.map(({ target }) => ({ target: parseTarget(target) ?? nowhere }));
}

/** INVARIANT: what a sum names is there: nothing is counted of what is misspelt, and so nothing bounded. */
export function checkSums(
  tenant: TenantSnapshot | undefined,
  agent: string,
  scope: TaskScope | undefined,
): void {
  const manifest = tenant?.manifests[tenant.agents[agent]?.manifest ?? ''];
  const isStray = ({ target }: { readonly target: Target }) =>
    manifest === undefined || grantsTarget(manifest, target) === undefined;
  if (!summedOf(scope).some(isStray)) return;
  throw new BailiwickError('api/invalid', {
    message: `the manifest of \`${agent}\` does not list what the task is to count`,
  });
}

export interface AmountView {
  /** `calls`, or the target and its argument. */
  readonly what: string;
  readonly atMost: number;
  readonly used: number;
  /** Which task counts: the one that it was narrowed or handed on from, or itself. */
  readonly task: string;
}

/** How much of each amount is used up, calls on their way among it. */
export function amountsOf(
  scope: TaskScope | undefined,
  used: (key: string) => Promise<number>,
): Promise<readonly AmountView[]> {
  const counters = scope === undefined ? [] : countersOf(scope);
  return Promise.all(
    counters.map(async ({ key, what, atMost, task }) => ({
      what,
      atMost,
      task,
      used: await used(key),
    })),
  );
}
