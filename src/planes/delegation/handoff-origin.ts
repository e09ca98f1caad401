import type { Delegation } from '#contracts/delegation-book.ts';
import type { RaisedLabel } from '#contracts/label-book.ts';
import type { PersonSession } from '#contracts/person-session.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Hop } from '#kernel/principal.ts';
import type { TaskScope } from '#kernel/snapshot.ts';
import { type EffectClass, effectClasses } from '#kernel/tool.ts';
import { narrowed } from './exchange-consent.ts';
import type { ExchangeParts } from './exchange-parts.ts';
import type { Trail } from './exchange-trail.ts';

/** What something is made of: whose work it is, how far it goes, and what it carries, as of now. */
export interface Origin {
  readonly from: Hop;
  /** Undefined of an agent that acts for nobody. */
  readonly delegation: Delegation | undefined;
  readonly session: PersonSession | undefined;
  /** Through whom it came to `from`. */
  readonly hops: readonly Hop[];
  readonly task: string;
  readonly effects: readonly EffectClass[];
  readonly scope: TaskScope | undefined;
  readonly labels: readonly RaisedLabel[];
  readonly until: number;
}

export interface OriginAsk {
  readonly tenant: string;
  readonly from: Hop;
  readonly delegation: string | undefined;
  /** What the token that was brought has of the delegation's. */
  readonly effects: readonly EffectClass[] | undefined;
}

/** INVARIANT: asked anew each time: sign-in, delegation, task and enrolment stand now, or there is nothing. */
export async function originOf(
  parts: ExchangeParts,
  ask: OriginAsk,
  trail: Trail,
): Promise<Origin> {
  const { tenant, from } = ask;
  await checkEnrolled(parts, tenant, from);
  const origin =
    ask.delegation === undefined
      ? await ownOrigin(parts, ask)
      : await delegatedOrigin(parts, ask, ask.delegation);
  const { session, hops, task } = origin;
  if (session !== undefined) trail.came({ kind: 'human', name: session.user.subject });
  for (const hop of hops) trail.came({ kind: 'agent', name: hop.agent, instance: hop.instance });
  trail.note({ task });
  return origin;
}

async function checkEnrolled(
  { instances }: ExchangeParts,
  tenant: string,
  { agent, instance }: Hop,
): Promise<void> {
  const enrolled = await instances.list(tenant, agent);
  const one = enrolled.find((known) => known.instance === instance);
  if (one === undefined || one.revokedAt !== undefined) {
    throw new BailiwickError('identity/delegation-ended', {
      message: 'the agent that it comes from was put out',
    });
  }
}

async function delegatedOrigin(
  parts: ExchangeParts,
  { tenant, from, effects }: OriginAsk,
  id: string,
): Promise<Origin> {
  const { delegations, sessions, clock } = parts;
  const delegation = await delegations.get(tenant, id);
  const isOpen =
    delegation !== undefined &&
    delegation.endedAt === undefined &&
    delegation.until > clock.now() &&
    delegation.agent === from.agent &&
    delegation.instance === from.instance;
  if (!isOpen) throw new BailiwickError('identity/delegation-ended');
  const { user, hops, task, until } = delegation;
  const session = user === undefined ? undefined : await sessions.get(tenant, user.session);
  if (user !== undefined && session === undefined) {
    throw new BailiwickError('identity/delegation-ended');
  }
  return {
    from,
    delegation,
    session,
    hops,
    task,
    until,
    ...(await carriedBy(parts, tenant, task)),
    effects: narrowed(delegation.effects, effects),
  };
}

/** An agent that acts for nobody hands on of the task that it works in, and for as long as one token lasts. */
async function ownOrigin(
  parts: ExchangeParts,
  { tenant, from, effects }: OriginAsk,
): Promise<Origin> {
  const { tasks, clock } = parts;
  const { sessions } = await tasks.open(tenant);
  const task = sessions.find(({ instance }) => instance === from.instance)?.task;
  if (task === undefined) throw new BailiwickError('identity/no-task');
  return {
    from,
    task,
    delegation: undefined,
    session: undefined,
    hops: [],
    ...(await carriedBy(parts, tenant, task)),
    effects: narrowed(effectClasses, effects),
    until: clock.now() + limits.accessTokenMs,
  };
}

async function carriedBy(
  { tasks, clock }: ExchangeParts,
  tenant: string,
  id: string,
): Promise<Pick<Origin, 'scope' | 'labels'>> {
  const task = await tasks.get(tenant, id);
  const isOver = task === undefined || task.endedAt !== undefined;
  if (isOver || (task.begun !== undefined && task.begun.until <= clock.now())) {
    throw new BailiwickError('identity/task-ended');
  }
  const scope = task.begun?.scope;
  return { scope, labels: await tasks.labels(tenant, id) };
}
