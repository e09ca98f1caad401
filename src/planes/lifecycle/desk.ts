import {
  type Act,
  actDraft,
  checkReason,
  checkRight,
  type DeskRecorder,
  recordThenDo,
  type ReasonedAct,
} from '#contracts/desk.ts';
import type { DocumentKind } from '#contracts/document-kind.ts';
import type { InstanceBook } from '#contracts/instance-book.ts';
import type { OverlayFeed } from '#contracts/overlay-feed.ts';
import { oweRecord } from '#contracts/owed.ts';
import type { ToolCatalogue } from '#contracts/tool-catalogue.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { OverlayEntry, OverlayReason, StopTarget } from '#kernel/overlay.ts';
import type { Role } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { sameStopTarget } from '#kernel/stop-target.ts';
import type { Clock } from '#kernel/time.ts';
import { createTurns, type Turns } from '#kernel/turns.ts';
import type { KeptIn, StandingDesk } from './door.ts';
import type { OwnerKeeper } from './owner-keeper.ts';
import { unknownTarget } from './known-target.ts';
import { nameOf, seenBy, targetOf } from './stop-target.ts';

export interface StandingDeskParts {
  readonly overlay: OverlayFeed;
  readonly instances: Pick<InstanceBook, 'list' | 'unbound'>;
  readonly catalogue: Pick<ToolCatalogue, 'get' | 'list'>;
  readonly snapshot: () => Snapshot | undefined;
  /** Whose documents say what there is to stop. */
  readonly kinds: readonly DocumentKind[];
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
  /** Whose people may stop and release everything: those of the tenant that runs the system. */
  readonly systemTenant: string;
  /** Where a stop is kept that the overlay took; the store, where nobody says otherwise. */
  readonly keptIn?: (id: string) => KeptIn;
  /** Undefined where no directory says who is there. */
  readonly presenceOf?: OwnerKeeper['presenceOf'];
}

type Room = StandingDeskParts & { readonly turns: Turns };
type Change = ReasonedAct & { readonly agent: string };

/**
 * Stops and suspensions. What takes away takes effect first and is recorded surely after; what
 * gives back is on record first, and does not happen when it cannot be.
 */
export function createStandingDesk(parts: StandingDeskParts): StandingDesk {
  const room: Room = { ...parts, turns: createTurns() };
  return {
    async list(tenant) {
      const { number, entries } = await parts.overlay.current();
      return { number, entries: seenBy(entries, tenant, parts.systemTenant) };
    },
    stop: (act) => stop(room, act),
    release: (act) => release(room, act),
    suspend: (act) => suspend(room, act),
    resume: (act) => resume(room, act),
  };
}

async function stop(room: Room, act: Parameters<StandingDesk['stop']>[0]) {
  checkRight(act, 'approver', 'analyst');
  checkReason(act);
  const target = ownTarget(room, act);
  const stopped = nameOf(act.target, target);
  const missing = act.force === true ? undefined : await unknownTarget(room, target);
  if (missing !== undefined) throw missing;
  const draft = actDraft('stop.set', act, { stopped });
  const stood = await stoodOf(room, target);
  const { id, overlay } = await take(room, act, { target, why: 'stop', draft });
  return {
    overlay: overlay.number,
    stopped,
    kept: room.keptIn?.(id) ?? 'store',
    ...(stood === undefined ? {} : { before: { by: stood.by, reason: stood.reason } }),
  };
}

/** INVARIANT: that it cannot be read now keeps nobody from stopping. The later one takes its place. */
async function stoodOf({ overlay }: Room, target: StopTarget): Promise<OverlayEntry | undefined> {
  const now = await overlay.current().catch(() => undefined);
  return now?.entries.find((one) => one.why === 'stop' && sameStopTarget(one.target, target));
}

async function release(room: Room, act: Parameters<StandingDesk['release']>[0]) {
  checkRight(act, 'admin');
  checkReason(act);
  const target = ownTarget(room, act);
  const released = nameOf(act.target, target);
  // Only stops: a quarantine ends by approving the definition, a revocation never.
  const overlay = await giveBack(room, target, 'stop', {
    draft: actDraft('stop.released', act, { released }),
    nothing: `no stop of ${released} is in force`,
  });
  return { overlay, released };
}

async function suspend(room: Room, act: Change) {
  checkRight(act, 'analyst', ...(owns(room, act) ? owner : []));
  checkReason(act);
  const { agent } = act;
  const target = knownAgent(room, act);
  const draft = actDraft('lifecycle.agent-suspended', act, { agent, state: 'suspended' });
  const { overlay } = await take(room, act, { target, why: 'suspend', draft });
  return { agent, state: 'suspended' as const, overlay: overlay.number };
}

async function resume(room: Room, act: Change) {
  checkRight(act, 'operator');
  checkReason(act);
  const { agent } = act;
  await checkOwned(room, act);
  const overlay = await giveBack(room, knownAgent(room, act), 'suspend', {
    draft: actDraft('lifecycle.agent-resumed', act, { agent, state: 'active' }),
    nothing: `agent \`${agent}\` is not suspended`,
  });
  return { agent, state: 'active' as const, overlay };
}

/** INVARIANT: nobody resumes an agent that nobody who is there answers for. */
async function checkOwned({ snapshot, presenceOf }: Room, { by, agent }: Change): Promise<void> {
  const owner = snapshot()?.tenants[by.tenant]?.agents[agent]?.owner;
  const presence = owner === undefined ? undefined : await presenceOf?.(by.tenant, owner);
  if (presence !== undefined && presence !== 'present') {
    throw new BailiwickError('standing/owner-gone');
  }
}

/**
 * INVARIANT: the record is owed in the very transaction that takes away; neither is without the
 * other. What the stop file keeps instead is put on record by whoever watches the file.
 */
async function take(
  { overlay, clock }: Room,
  { by, reason }: ReasonedAct,
  taken: Pick<OverlayEntry, 'target' | 'why'> & { readonly draft: RecordDraft },
) {
  const { target, why, draft } = taken;
  const at = clock.now();
  const id = newId(at);
  const entry = { id, target, why, by: by.name, reason, at };
  return { id, overlay: await overlay.add(entry, [oweRecord(draft, at)]) };
}

/** INVARIANT: on record before it is given back. A stop that is set meanwhile is another and stays. */
function giveBack(
  { overlay, recorder, turns }: Room,
  target: StopTarget,
  why: OverlayReason,
  { draft, nothing }: { draft: ReturnType<typeof actDraft>; nothing: string },
): Promise<number> {
  return turns.take(`${why} ${JSON.stringify(target)}`, async () => {
    const { entries } = await overlay.current();
    const ids = entries
      .filter((entry) => entry.why === why && sameStopTarget(entry.target, target))
      .map(({ id }) => id);
    if (ids.length === 0) throw unknown(nothing);
    return recordThenDo(recorder, draft, async () => (await overlay.release(ids)).number);
  });
}

/** INVARIANT: nobody names a target outside their own tenant; everything is the operator's. */
function ownTarget(
  { systemTenant }: Room,
  { by, target }: Act & Pick<Parameters<StandingDesk['stop']>[0], 'target'>,
): StopTarget {
  const named = targetOf(target, by.tenant);
  const own = named.kind === 'all' ? by.tenant === systemTenant : named.tenant === by.tenant;
  if (!own) throw new BailiwickError('api/forbidden');
  return named;
}

const owner: readonly Role[] = ['owner'];

function owns({ snapshot }: Room, { by, agent }: Change): boolean {
  const agents = snapshot()?.tenants[by.tenant]?.agents ?? {};
  return Object.hasOwn(agents, agent) && agents[agent]?.owner === by.name;
}

function knownAgent({ snapshot }: Room, { by: { tenant }, agent }: Change): StopTarget {
  const agents = snapshot()?.tenants[tenant]?.agents ?? {};
  if (!Object.hasOwn(agents, agent)) {
    throw unknown(`no agent is called \`${agent}\``);
  }
  return { kind: 'agent', tenant, agent };
}

function unknown(message: string): BailiwickError {
  return new BailiwickError('api/not-found', { message });
}
