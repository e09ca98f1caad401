import type { ErrorCode } from '#kernel/error-codes.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import type { Overlay, OverlayEntry, OverlayReason, StopTarget } from '#kernel/overlay.ts';
import type { Principal } from '#kernel/principal.ts';
import { ownerKinds, type Target, targetText } from '#kernel/target.ts';
import type { CompiledOverlay, Standing } from './door.ts';
import { compileRepeats } from './repeats.ts';
import { createWithdrawn, type Withdrawn } from './withdrawn.ts';

/** May this tenant, agent, instance act at all now? Subtract-only: an entry can only say no. */
export function createStanding(): Standing {
  const standing: Standing = {
    compile: compileOverlay,
    confirmed({ confirmedAt, monotonic, stopLeaseMs }) {
      return monotonic - confirmedAt <= stopLeaseMs
        ? undefined
        : refusal('stop/unconfirmed', { retryAfter: 1 });
    },
    judge(principal, agent, target, view) {
      const unconfirmed = standing.confirmed(view);
      if (unconfirmed !== undefined) return unconfirmed;
      const stopped = view.overlay.forbids(principal, target);
      if (stopped !== undefined) return stopped;
      if (agent === undefined) return refusal('identity/unknown-agent');
      if (agent.elsewhere === true) return refusal('standing/environment');
      return agent.suspended ? refusal('standing/agent-suspended') : undefined;
    },
  };
  return standing;
}

interface Tables {
  all: OverlayEntry | undefined;
  readonly tenants: Map<string, OverlayEntry>;
  readonly agents: Map<string, OverlayEntry>;
  readonly instances: Map<string, OverlayEntry>;
  readonly owners: Map<string, OverlayEntry>;
  readonly targets: Map<string, OverlayEntry>;
  readonly tasks: Map<string, OverlayEntry>;
  readonly withdrawn: Withdrawn;
}

function compileOverlay(source: Overlay, writer = ''): CompiledOverlay {
  const tables: Tables = {
    all: undefined,
    tenants: new Map(),
    agents: new Map(),
    instances: new Map(),
    owners: new Map(),
    targets: new Map(),
    tasks: new Map(),
    withdrawn: createWithdrawn(),
  };
  for (const entry of source.entries) place(tables, entry);
  const empty = source.entries.length === 0;
  return {
    number: source.number,
    source,
    stopsAll: tables.all !== undefined,
    repeats: compileRepeats(source.entries, writer),
    forbids: (principal, target) =>
      empty ? undefined : refusalOf(findEntry(tables, principal, target)),
  };
}

/** INVARIANT: an entry that this version does not understand stops everything; it is not skipped. */
function place(tables: Tables, entry: OverlayEntry): void {
  const { target } = entry;
  switch (target.kind) {
    case 'tenant':
      tables.tenants.set(target.tenant, entry);
      return;
    case 'agent':
      tables.agents.set(key(target.tenant, target.agent), entry);
      return;
    case 'instance':
      tables.instances.set(key(target.tenant, target.instance), entry);
      return;
    case 'target':
      placeTarget(tables, target, entry);
      return;
    case 'task':
      tables.tasks.set(key(target.tenant, target.task), entry);
      return;
    case 'user':
    case 'client':
    case 'delegation':
    case 'token':
      tables.withdrawn.place(entry, target);
      return;
    // Not a stop of somebody: a call that must not be repeated.
    case 'effect':
    case 'fence':
      return;
    case 'all':
    default:
      tables.all = entry;
  }
}

/** INVARIANT: a kind that this version does not know may be of any owner: it stops everything. */
function placeTarget(
  tables: Tables,
  { tenant, target }: Extract<StopTarget, { kind: 'target' }>,
  entry: OverlayEntry,
): void {
  if (!Object.hasOwn(ownerKinds, target.kind)) tables.all = entry;
  else if (target.name === undefined) tables.owners.set(ownerKey(tenant, target), entry);
  else tables.targets.set(key(tenant, targetText(target)), entry);
}

/** All kinds that belong to one owner are one key: a stopped server shows no resource either. */
function ownerKey(tenant: string, { kind, owner }: Target): string {
  return key(tenant, ownerKinds[kind], owner);
}

function findEntry(
  tables: Tables,
  principal: Principal,
  target: Target | undefined,
): OverlayEntry | undefined {
  const { tenant, agent, instance, task, hops } = principal;
  const found =
    tables.all ??
    tables.tenants.get(tenant) ??
    tables.agents.get(key(tenant, agent)) ??
    tables.instances.get(key(tenant, instance)) ??
    // Before its task, which ends with it: whoever hears of it can sign in again.
    tables.withdrawn.find(principal) ??
    tables.tasks.get(key(tenant, task));
  if (found !== undefined) return found;
  // A stopped agent acts through nobody: every hop of the chain must stand.
  for (const hop of hops) {
    const stopped =
      tables.agents.get(key(tenant, hop.agent)) ?? tables.instances.get(key(tenant, hop.instance));
    if (stopped !== undefined) return stopped;
  }
  if (target === undefined) return undefined;
  return (
    tables.owners.get(ownerKey(tenant, target)) ??
    tables.targets.get(key(tenant, targetText(target))) ??
    // Nor does anybody reach an agent that is stopped.
    (target.kind === 'agent' ? tables.agents.get(key(tenant, target.owner)) : undefined)
  );
}

/** No document's name has a line break; should two keys be one all the same, more is denied. */
function key(tenant: string, name: string, more = ''): string {
  return `${tenant}\n${name}\n${more}`;
}

const codes: Readonly<Record<OverlayReason, ErrorCode>> = {
  stop: 'stop/active',
  suspend: 'standing/agent-suspended',
  revoke: 'standing/instance-revoked',
  quarantine: 'tools/quarantined',
  ended: 'identity/task-ended',
  unreconciled: 'audit/unreconciled',
  'already-done': 'audit/already-done',
  fenced: 'audit/fenced',
  withdrawn: 'identity/delegation-ended',
};

/** INVARIANT: who stopped it and why is on record; the agent learns only that it is stopped. */
function refusalOf(entry: OverlayEntry | undefined): Refusal | undefined {
  if (entry === undefined) return undefined;
  return refusal(Object.hasOwn(codes, entry.why) ? codes[entry.why] : 'stop/active');
}
