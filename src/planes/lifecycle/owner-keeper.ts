import type { DirectoryBook, Presence } from '#contracts/directory-book.ts';
import { directoryRules } from '#contracts/directory-rules.ts';
import type { OverlayFeed } from '#contracts/overlay-feed.ts';
import type { Orphan, OversightBook } from '#contracts/oversight-book.ts';
import { oweRecord } from '#contracts/owed.ts';
import { newId } from '#kernel/ids.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { AgentEntry, Snapshot, TenantSnapshot } from '#kernel/snapshot.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import { createTurns } from '#kernel/turns.ts';

export interface OwnerKeeperParts {
  readonly directory: Pick<DirectoryBook, 'isConnected' | 'presence'>;
  readonly oversight: Pick<OversightBook, 'orphans' | 'putOrphan' | 'removeOrphan'>;
  readonly overlay: Pick<OverlayFeed, 'current' | 'add'>;
  /** What is in force. */
  readonly snapshot: () => Promise<Snapshot | undefined>;
  readonly clock: Clock;
  /** Sees to it that `look` is called after so many milliseconds; a process that ends forgets it. */
  readonly later: (ms: number) => void;
}

/** What was found at the last look. */
export interface OwnersSeen {
  readonly isConnected: boolean;
  readonly orphans: readonly (Orphan & { readonly suspendsAt: number })[];
}

export interface OwnerKeeper {
  /**
   * Whose agents have an owner who is there? INVARIANT: all of it is found in the books and the clock, so
   * that it goes on after a crash; it takes away and never gives back.
   */
  look(): Promise<void>;
  seen(tenant: string): OwnersSeen;
  /** Whether the agent's owner is there; `undefined` where no directory says who is. */
  presenceOf(tenant: string, owner: string): Promise<Presence | undefined>;
}

const nothingSeen: OwnersSeen = { isConnected: false, orphans: [] };
/** Who suspends an agent whose owner has left. */
export const systemOwners = 'system/owners';

export function createOwnerKeeper(parts: OwnerKeeperParts): OwnerKeeper {
  const seen = new Map<string, OwnersSeen>();
  const turns = createTurns();
  const lookNow = async (): Promise<void> => {
    const tenants = Object.values((await parts.snapshot())?.tenants ?? {});
    for (const tenant of tenants) seen.set(tenant.tenant, await lookAt(parts, tenant));
    const due = [...seen.values()].flatMap(({ orphans }) =>
      orphans.map(({ suspendsAt }) => suspendsAt - parts.clock.now()).filter((ms) => ms > 0),
    );
    if (due.length > 0) parts.later(Math.min(...due, mostSleepMs));
  };
  return {
    look: () => turns.take('', lookNow),
    seen: (tenant) => seen.get(tenant) ?? nothingSeen,
    async presenceOf(tenant, owner) {
      if (!(await parts.directory.isConnected(tenant))) return undefined;
      return (await parts.directory.presence(tenant, [owner])).get(owner) ?? 'unknown';
    },
  };
}

const mostSleepMs = 3_600_000;

async function lookAt(parts: OwnerKeeperParts, of: TenantSnapshot): Promise<OwnersSeen> {
  const { directory, oversight, clock } = parts;
  const { tenant } = of;
  if (!(await directory.isConnected(tenant))) return nothingSeen;
  const agents = Object.values(of.agents);
  const presence = await directory.presence(tenant, [...new Set(agents.map((one) => one.owner))]);
  const known = new Map((await oversight.orphans(tenant)).map((one) => [one.agent, one]));
  const { ownerGraceMs } = directoryRules(of);
  const orphans: OwnersSeen['orphans'][number][] = [];
  for (const agent of agents) {
    const before = known.get(agent.name);
    const owner = presence.get(agent.owner) ?? 'unknown';
    if (owner === 'present') {
      if (before !== undefined) await owned(parts, tenant, agent);
      continue;
    }
    const since = before?.since ?? clock.now();
    const orphan = { tenant, agent: agent.name, owner: agent.owner, since };
    const suspendsAt = since + ownerGraceMs;
    if (before?.owner !== agent.owner) await orphaned(parts, orphan, { owner, suspendsAt });
    if (suspendsAt <= clock.now()) await suspend(parts, orphan);
    orphans.push({ ...orphan, suspendsAt });
  }
  return { isConnected: true, orphans };
}

/** Takes away nothing yet, and will: it is on record that it was seen, with the time that is left. */
async function orphaned(
  { oversight, clock }: OwnerKeeperParts,
  orphan: Orphan,
  { owner, suspendsAt }: { readonly owner: Presence; readonly suspendsAt: number },
): Promise<void> {
  const draft = draftOf('lifecycle.agent-orphaned', orphan, {
    directory: owner,
    since: isoTime(orphan.since),
    suspendsAt: isoTime(suspendsAt),
  });
  await oversight.putOrphan({ ...orphan, also: [oweRecord(draft, clock.now())] });
}

/** INVARIANT: an agent that was suspended stays so: a person resumes it. */
async function owned(
  { oversight, clock }: OwnerKeeperParts,
  tenant: string,
  { name, owner }: AgentEntry,
): Promise<void> {
  const agent = { tenant, agent: name, owner };
  const also = [oweRecord(draftOf('lifecycle.agent-owned', agent, {}), clock.now())];
  await oversight.removeOrphan({ tenant, agent: name, also });
}

/** In force first; its record is owed in the same transaction. Done again it changes nothing. */
async function suspend({ overlay, clock }: OwnerKeeperParts, orphan: Orphan): Promise<void> {
  const { tenant, agent } = orphan;
  const { entries } = await overlay.current();
  const isSuspended = entries.some(
    ({ why, target }) =>
      why === 'suspend' &&
      target.kind === 'agent' &&
      target.tenant === tenant &&
      target.agent === agent,
  );
  if (isSuspended) return;
  const at = clock.now();
  const reason = 'its owner is not there any more';
  const draft = draftOf('lifecycle.agent-suspended', orphan, { state: 'suspended', reason });
  const target = { kind: 'agent', tenant, agent } as const;
  const entry = { id: newId(at), target, why: 'suspend', by: systemOwners, reason, at } as const;
  await overlay.add(entry, [oweRecord(draft, at)]);
}

function draftOf(
  type: RecordDraft['type'],
  { tenant, agent, owner }: Omit<Orphan, 'since'>,
  details: JsonObject,
): RecordDraft {
  const actors = [{ kind: 'system', name: systemOwners }] as const;
  return { type, tenant, actors, details: { agent, owner, ...details } };
}
