import type { DeskRecorder } from '#contracts/desk.ts';
import type { OverrideBook } from '#contracts/override-book.ts';
import type { Store } from '#contracts/store.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { type Clock, systemClock } from '#kernel/time.ts';
import {
  type ApprovalDesk,
  createApprovalDesk,
  createOverrideDesk,
  createYesJudge,
  judgeYeses,
  type OverrideDesk,
  overrideFor,
  type SealKeys,
  type YesJudge,
} from '#planes/approvals/index.ts';

/** By whom a yes may be given, found at the moment at which that is asked. */
export interface Yeses {
  readonly judge: YesJudge;
  /** What people gave beforehand. */
  readonly overrides: OverrideBook;
  /** INVARIANT: before it is said nothing is in force, and no yes is spent. */
  judgeBy(snapshot: () => Snapshot | undefined): void;
}

type Books = Pick<Store, 'people' | 'directory' | 'tasks' | 'delegations'>;

/** INVARIANT: nothing reaches the grants of the store but through the judge of its yeses. */
export function judgedGrants(
  store: Store,
  { keys, overrides }: { readonly keys: SealKeys; readonly overrides: OverrideBook },
  clock: Clock = systemClock,
): { readonly store: Store; readonly yeses: Yeses } {
  let inForce: () => Snapshot | undefined = () => undefined;
  const judge = yesJudge(store, { keys, snapshot: () => inForce() }, clock);
  return {
    store: {
      ...store,
      grants: judgeYeses(store.grants, judge, (ask) =>
        overrideFor(
          { overrides, judge, snapshot: () => inForce(), clock, ledger: store.grants },
          ask,
        ),
      ),
    },
    yeses: {
      judge,
      overrides,
      judgeBy(snapshot) {
        inForce = snapshot;
      },
    },
  };
}

function yesJudge(
  { people, directory, tasks, delegations }: Books,
  of: { readonly keys: SealKeys; readonly snapshot: () => Snapshot | undefined },
  clock: Clock,
): YesJudge {
  return createYesJudge({
    ...of,
    clock,
    people,
    directory,
    tasks,
    delegations,
  });
}

/** The desk of whoever decides, and of what users reply: one judge, one order of record and ledger. */
export function approvalDesk(parts: {
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
  readonly store: Pick<Store, 'grants'>;
  readonly log: { readonly tenants: SealKeys };
  readonly yeses: Yeses;
}): ApprovalDesk {
  const { recorder, clock, store, log, yeses } = parts;
  return createApprovalDesk({
    recorder,
    clock,
    ledger: store.grants,
    keys: log.tenants,
    judge: yeses.judge,
  });
}

/** Whoever may approve gives a yes beforehand, and somebody else looks at it. */
export function overrideDesk({
  yeses,
  ...parts
}: {
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
  readonly snapshot: () => Snapshot | undefined;
  readonly yeses: Pick<Yeses, 'overrides'>;
}): OverrideDesk {
  return createOverrideDesk({ ...parts, overrides: yeses.overrides });
}

export function approvalDesks(
  parts: Parameters<typeof approvalDesk>[0] & Parameters<typeof overrideDesk>[0],
) {
  return { approvals: approvalDesk(parts), overrides: overrideDesk(parts) };
}
