import type { FlowFacts } from '#kernel/decision.ts';
import type { Label } from '#kernel/label.ts';
import type { Actor, Binding, Principal, UserLeg } from '#kernel/principal.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import type { TaskScope } from '#kernel/snapshot.ts';
import { parseTarget, type Target } from '#kernel/target.ts';
import type { RecallClaims } from './recalled-claims.ts';
import type { Verdict } from './verdict.ts';

/** A call as its record tells it. */
export interface RecordedCall {
  readonly agent: string;
  readonly user: string | undefined;
  readonly principal: Principal;
  readonly target: Target;
  readonly labels: readonly Label[];
  /** Where its values came from, as rules were told it; only of records that say so. */
  readonly flow: FlowFacts | undefined;
  readonly time: number;
  readonly verdict: Verdict;
  /** It went, because a human had said yes to it. */
  readonly afterYes: boolean;
  readonly rules: readonly string[];
  /** The approval that holds its arguments, of a call that waits or waited. */
  readonly approval: string | undefined;
}

/** Where policy, or what it stands on, has spoken; the gates before know nothing of a configuration's rules. */
const judgedStages: ReadonlySet<string> = new Set(['resolve', 'inspect-in', 'decide']);

/** Undefined for every record that is of no call, or of one that ended before anything was judged. */
export function recordedCall(
  record: RecordEnvelope,
  recall: RecallClaims,
): RecordedCall | undefined {
  const verdict = verdictOf(record);
  const actor = record.actors.at(-1);
  const target = record.target === undefined ? undefined : parseTarget(record.target.target);
  if (verdict === undefined || actor?.kind !== 'agent' || target === undefined) return undefined;
  const user = record.actors.find(({ kind }) => kind === 'human');
  return {
    agent: actor.name,
    user: user?.name,
    principal: principalOf(record, actor, { user, recall }),
    target,
    labels: record.labels?.in ?? [],
    flow: flowOf(record),
    time: Date.parse(record.time),
    verdict,
    afterYes: record.type === 'policy.intent' && record.decision?.effect === 'approve',
    rules: record.decision?.rules ?? [],
    approval: record.approval?.id,
  };
}

function verdictOf({ type, decision, approval, refusal }: RecordEnvelope): Verdict | undefined {
  // With a yes it is what asks for one again: the yes is no part of a configuration.
  const isAsked = type === 'policy.intent' && decision?.effect === 'approve';
  if (type === 'gateway.held' || isAsked) return { kind: 'held', class: approval?.class ?? '' };
  if (type === 'policy.intent') return { kind: 'allowed' };
  if (type !== 'gateway.refused' || refusal === undefined) return undefined;
  return judgedStages.has(refusal.stage) ? { kind: 'refused', code: refusal.code } : undefined;
}

/** The agent that called, by any record of its call; undefined while nobody knew who that was. */
export function callerOf(record: RecordEnvelope, recall: RecallClaims): Principal | undefined {
  const actor = record.actors.at(-1);
  const isKnown = actor?.kind === 'agent' && actor.instance !== undefined;
  if (!isKnown) return undefined;
  const user = record.actors.find(({ kind }) => kind === 'human');
  return principalOf(record, actor, { user, recall });
}

/** For whom, as their provider calls them. */
export function calledBy({ actors }: RecordEnvelope): string | undefined {
  return actors.find(({ kind }) => kind === 'human')?.name;
}

/** As rules read it; of single values, for people, nothing is kept. */
export function flowOf({ facts }: RecordEnvelope): FlowFacts | undefined {
  if (facts?.flow === undefined) return undefined;
  const { leaks, ...flow } = facts.flow;
  const told = leaks?.map((label) => ({
    label,
    argument: undefined,
    origin: undefined,
    form: undefined,
  }));
  return { ...flow, reasons: [], ...(told === undefined ? {} : { leaks: told }) };
}

/** Its task was narrowed to more than a record holds: by what, nobody knows here. */
export function lacksScope({ facts }: RecordEnvelope): boolean {
  return facts?.scope !== undefined && 'digest' in facts.scope;
}

interface OfUser {
  readonly user: Actor | undefined;
  readonly recall: RecallClaims;
}

/**
 * Who called, as far as a record says it: of claims of the user those that rules spell out. Older records say nothing
 * of groups, claims and scopes: rules that ask for them see a user without any, and what that user may is not judged
 * again.
 */
function principalOf(record: RecordEnvelope, caller: Actor, of: OfUser): Principal {
  const hops = record.actors.slice(of.user === undefined ? 0 : 1, -1);
  const binding: Binding = caller.binding ?? 'none';
  const scope = scopeOf(record);
  return {
    kind: 'agent',
    tenant: record.tenant,
    agent: caller.name,
    instance: caller.instance ?? '',
    user: legOf(record, of),
    task: record.task ?? '',
    session: record.session ?? '',
    hops: hops.map(({ name, instance }) => ({ agent: name, instance: instance ?? '' })),
    ...(scope === undefined ? {} : { scope }),
    binding,
    keyThumbprint: caller.key,
  };
}

function scopeOf({ facts }: RecordEnvelope): TaskScope | undefined {
  const { targets, effects } = facts?.scope ?? {};
  if (targets === undefined && effects === undefined) return undefined;
  return {
    ...(targets === undefined ? {} : { targets }),
    ...(effects === undefined ? {} : { effects }),
  };
}

function legOf({ tenant, facts }: RecordEnvelope, { user, recall }: OfUser): UserLeg | undefined {
  if (user === undefined || facts?.user === undefined) return undefined;
  const called = user.person === undefined ? {} : { name: user.person };
  const { claims: marks, ...told } = facts.user;
  const claims = marks === undefined ? {} : { claims: recall(tenant, marks) };
  return { subject: user.name, ...called, ...told, ...claims };
}
