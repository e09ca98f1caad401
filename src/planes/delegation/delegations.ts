import type { Delegation, DelegationBook, NewDelegation } from '#contracts/delegation-book.ts';
import type { DelegatedTasks } from '#contracts/delegated-task.ts';
import type { DelegationAsk, Delegations } from '#contracts/delegations.ts';
import { type DeskRecorder, noteUnapplied } from '#contracts/desk.ts';
import { oweDelegationEnded, oweRecord } from '#contracts/owed.ts';
import type { OverlayFeed } from '#contracts/overlay-feed.ts';
import type { PersonSession, PersonSessions } from '#contracts/person-session.ts';
import type { Minted, TokenMint } from '#contracts/token-mint.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import { begunDraft, endedDraft, issuedDraft, tracedPart } from './records.ts';
import { createWithdrawals } from './withdraw-token.ts';

export interface DelegationParts {
  readonly book: DelegationBook;
  readonly sessions: Pick<PersonSessions, 'get'>;
  readonly tasks: DelegatedTasks;
  readonly overlay: Pick<OverlayFeed, 'add' | 'current'>;
  readonly mint: TokenMint['mint'];
  readonly recorder: DeskRecorder;
  readonly snapshot: () => Snapshot | undefined;
  readonly clock: Clock;
  /** Resolves once what was owed by an end is done. */
  readonly settled: () => Promise<void>;
}

export interface DelegationKeeper extends Delegations {
  /** As `end`, and waits for nothing that it owes: for whoever does what is owed. */
  endOwed(ask: Parameters<Delegations['end']>[0]): Promise<number>;
  /** Does what the end of this one owes; the same again does nothing more. */
  finish(tenant: string, id: string): Promise<void>;
  /** Ends those whose time is over. */
  expire(): Promise<void>;
}

const systemTime = 'system/delegation-time';
const atOnce = 1_000;

export function createDelegations(parts: DelegationParts): DelegationKeeper {
  return {
    begin: (ask) => begin(parts, ask),
    issue: (ask) => issue(parts, ask),
    async end(ask) {
      const ended = await end(parts, ask);
      if (ended > 0) await parts.settled();
      return ended;
    },
    endOwed: (ask) => end(parts, ask),
    get: (tenant, id) => parts.book.get(tenant, id),
    ...createWithdrawals(parts),
    finish: (tenant, id) => finish(parts, tenant, id),
    async expire() {
      for (const { tenant, id } of await parts.book.overdue(parts.clock.now(), atOnce)) {
        const ground = { kind: 'delegation', id } as const;
        await end(parts, { tenant, ground, by: systemTime, reason: 'its time is over' });
      }
    },
  };
}

/** Its task is begun first: what acts in no task acts nowhere. */
async function begin(parts: DelegationParts, ask: DelegationAsk): Promise<Delegation> {
  const { book, tasks, recorder, clock } = parts;
  const now = clock.now();
  const session = await liveSession(parts, ask.session);
  const { tenant, until } = checked(parts, ask, now);
  const id = newId(now);
  const instance = ask.instance ?? `u-${id}`;
  // Only who has just agreed anew begins with none of what was known in work that is over.
  const { agent: same, client: by, isNew } = ask;
  const before = { tenant, agent: same, client: by, user: session?.user, isNew };
  const carried = await book.labelsBefore(before);
  const task = await tasks.begin({
    tenant,
    agent: ask.agent,
    instance,
    owner: ownerOf(tenant, ask),
    scope: ask.scope,
    intent: ask.intent,
    wordsOf: ask.wordsOf,
    labels: [...ask.labels, ...carried],
    reason: ask.reason,
    until,
  });
  const { consent, client, agent, hops, parent, effects, thumbprint } = ask;
  const delegation: NewDelegation = {
    tenant,
    id,
    consent,
    client,
    agent,
    instance,
    hops,
    parent,
    task,
    ...(ask.root === undefined ? {} : { root: ask.root }),
    effects,
    thumbprint,
    user:
      session === undefined
        ? undefined
        : { issuer: session.user.issuer, subject: session.user.subject, session: session.id },
    isScoped: ask.scope !== undefined,
    begunAt: now,
    until,
  };
  const draft = { ...begunDraft(delegation, session, ask.reason), ...tracedPart(ask.traced) };
  try {
    await recorder.record(draft);
    await book.begin(delegation);
  } catch (fault) {
    await noteUnapplied(recorder, draft, fault);
    await tasks
      .end({ tenant, id: task, by: 'system/delegations', reason: 'it could not begin' })
      .catch(() => undefined);
    throw fault;
  }
  return { ...delegation, endedAt: undefined, endedBy: undefined, reason: undefined };
}

/** INVARIANT: longer than the sign-in, than what was handed on, and than the bound, nothing lasts. */
function checked(
  { snapshot }: DelegationParts,
  { session, agent, effects, until: asked, hops, parentUntil, tenant }: DelegationAsk,
  now: number,
): { readonly tenant: string; readonly until: number } {
  const known = snapshot()?.tenants[tenant]?.agents ?? {};
  if (!Object.hasOwn(known, agent)) throw new BailiwickError('identity/unknown-agent');
  if (effects.length === 0) throw new BailiwickError('identity/not-consented');
  if (hops.length > limits.handOffs) throw new BailiwickError('identity/too-many-hops');
  const until = Math.min(
    asked,
    session?.expiresAt ?? Number.POSITIVE_INFINITY,
    parentUntil ?? Number.POSITIVE_INFINITY,
    now + limits.delegationMs,
  );
  if (until <= now) throw new BailiwickError('identity/delegation-ended');
  return { tenant, until };
}

async function liveSession(
  { sessions }: DelegationParts,
  session: Pick<PersonSession, 'tenant' | 'id'> | undefined,
): Promise<PersonSession | undefined> {
  if (session === undefined) return undefined;
  const live = await sessions.get(session.tenant, session.id);
  if (live === undefined) throw new BailiwickError('identity/delegation-ended');
  return live;
}

function ownerOf(tenant: string, { session, hops }: DelegationAsk): string {
  if (session !== undefined) return session.user.subject;
  const [first] = hops;
  return first === undefined ? 'system/delegations' : `agent:${tenant}/${first.agent}`;
}

/**
 * INVARIANT: it is asked again whether the delegation is open once the token is on record: an end that
 * came meanwhile is about every token that was issued until then.
 */
async function issue(
  parts: DelegationParts,
  { tenant, id, effects, carried, traced }: Parameters<Delegations['issue']>[0],
): Promise<Minted> {
  const { book, mint, recorder, clock } = parts;
  const of = await openOne(parts, tenant, id);
  const session = await liveSession(
    parts,
    of.user === undefined ? undefined : { tenant, id: of.user.session },
  );
  const narrowed =
    effects === undefined ? of.effects : of.effects.filter((e) => effects.includes(e));
  if (narrowed.length === 0) throw new BailiwickError('identity/not-consented');
  const token = mint({
    id,
    client: of.client,
    issuedAt: clock.now(),
    user: session === undefined ? undefined : calledHere(session),
    hops: of.hops,
    task: of.task,
    root: of.root,
    session: `d-${id}`,
    effects: narrowed,
    isScoped: of.isScoped,
    actor: { tenant, agent: of.agent, instance: of.instance },
    thumbprint: of.thumbprint,
    carried,
    trace: traced?.trace,
    expiresAt: Math.min(of.until, session?.expiresAt ?? of.until),
  });
  await recorder.record({ ...issuedDraft(of, session, token), ...tracedPart(traced) });
  const still = await book.get(tenant, id);
  if (still === undefined || still.endedAt !== undefined) {
    throw new BailiwickError('identity/delegation-ended');
  }
  return token;
}

/** Records, rules and approvers read the name that they know; what the provider calls them stands in the sign-in. */
function calledHere({ user, person }: PersonSession): PersonSession['user'] {
  return { ...user, name: person };
}

async function openOne({ book, tasks, clock }: DelegationParts, tenant: string, id: string) {
  const of = await book.get(tenant, id);
  const isOver = of === undefined || of.endedAt !== undefined || of.until <= clock.now();
  if (isOver || !(await tasks.isOpen(tenant, of.task))) {
    throw new BailiwickError('identity/delegation-ended');
  }
  return of;
}

/** INVARIANT: what is over in the books is owed to the gateways and to the log in the same transaction. */
async function end(
  { book, clock }: DelegationParts,
  { tenant, ground, by, reason, keepsLabels = false }: Parameters<Delegations['end']>[0],
): Promise<number> {
  const now = clock.now();
  const ended = await book.end({ tenant, ground, by, reason, now, keepsLabels }, (one) => [
    oweDelegationEnded(tenant, one.id, now),
    { ...oweRecord(endedDraft(one), now), id: `delegation-record-${one.id}` },
  ]);
  return ended.length;
}

async function finish(
  { book, overlay, tasks, clock }: DelegationParts,
  tenant: string,
  id: string,
): Promise<void> {
  const of = await book.get(tenant, id);
  if (of?.endedAt === undefined) return;
  const { endedBy: by = 'system/delegations', reason = 'it is over' } = of;
  const at = clock.now();
  await overlay.add({
    id: `withdrawn-${id}`,
    target: { kind: 'delegation', tenant, delegation: id },
    why: 'withdrawn',
    by,
    reason,
    at,
    // By then the last token of it has expired by every gateway's clock.
    until: at + limits.accessTokenMs + 2 * limits.clockSkewMs,
  });
  await tasks.end({ tenant, id: of.task, by, reason });
}
