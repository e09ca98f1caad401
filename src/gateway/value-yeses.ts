import type { GatewayGrants } from '#contracts/grant-ledger.ts';
import { contentOf } from '#kernel/call.ts';
import type { FlowFacts, FlowReason } from '#kernel/decision.ts';
import { sha256Hex } from '#kernel/digest.ts';
import type { ProvedArgument, ValueYes } from '#kernel/grant.ts';
import { canonicalText, emptyObject } from '#kernel/json/index.ts';
import { targetText } from '#kernel/target.ts';
import type { SinkKind } from '#kernel/tool.ts';
import {
  argumentAt,
  mostProved,
  provedArguments,
  sinkOf,
  withoutAnswered,
} from '#planes/flow/index.ts';
import type { KeyedDigest } from './keyed-digest.ts';
import type { Resolved } from './progress.ts';

/**
 * What people said yes to is a grant for that value in that sink of that task, where a document says so. INVARIANT: one
 * yes answers for a call, never two together: who said yes to a recipient and who said yes to an amount agreed to no payment
 * of the one to the other.
 */
export interface ValueYeses {
  /** INVARIANT: a yes that cannot be had is none. */
  answered(walk: Resolved, facts: FlowFacts): FlowFacts | Promise<FlowFacts>;
}

export interface ValueYesParts {
  readonly grants: Pick<GatewayGrants, 'valueYeses'>;
  readonly keyed: KeyedDigest;
}

interface Placed {
  readonly argument?: string | undefined;
  readonly kind?: SinkKind | undefined;
}

type Walk = Pick<Resolved, 'principal' | 'subject' | 'call'>;

export function createValueYeses({ grants, keyed }: ValueYesParts): ValueYeses {
  const answered = async (walk: Resolved, facts: FlowFacts): Promise<FlowFacts> => {
    const { tenant, agent } = walk.principal;
    try {
      const given = await grants.valueYeses(tenant, agent);
      const call = keyed(tenant, walk.argumentsDigest);
      const yeses = given.filter((yes) => isForThis(yes, walk) && yes.unspentFor !== call);
      if (yeses.length === 0) return facts;
      const digestOf = valueDigests(keyed, walk);
      const beside = actingBeside(walk, facts)?.map(digestOf);
      if (beside === undefined) return facts;
      const doubts = facts.reasons.map(digestOf);
      const most = yeses
        .filter((yes) => beside.every((value) => isOf(yes, value)))
        .map((yes) => ({ yes, times: doubts.filter((one) => isAnsweredBy(yes, one)).length }))
        .reduce((best, one) => (one.times > best.times ? one : best), none);
      const { yes } = most;
      if (yes === undefined) return facts;
      return withoutAnswered(facts, (reason) =>
        isAnsweredBy(yes, digestOf(reason)) ? yes.approval : undefined,
      );
    } catch {
      return facts;
    }
  };
  return {
    answered(walk, facts) {
      const { flow } = walk.subject.subjectClass;
      const isDoubted = facts.verdict === 'step-up' && facts.reasons.some(isAboutValue);
      return flow?.yes?.repeats === true && isDoubted ? answered(walk, facts) : facts;
    },
  };
}

const none: { readonly yes: ValueYes | undefined; readonly times: number } = {
  yes: undefined,
  times: 0,
};

const isAnsweredBy = ({ values }: ValueYes, value: string | undefined): boolean =>
  value !== undefined && values.includes(value);

const isOf = (yes: ValueYes, value: string | undefined): boolean =>
  isAnsweredBy(yes, value) || (value !== undefined && yes.beside.includes(value));

/**
 * What acts in this call and nobody doubts; undefined where not all of it is known. Where recipients alone are doubted,
 * people whom the user named may stand beside them. An amount, an account or a thing goes to whom it was agreed to, and
 * to nobody whom the user named for something else.
 */
function actingBeside(
  { subject, call }: Walk,
  facts: FlowFacts,
): readonly ProvedArgument[] | undefined {
  const { flow } = subject.subjectClass;
  const given = contentOf(call.action)?.arguments ?? emptyObject();
  const proved = flow === undefined ? undefined : provedArguments(given, flow, facts);
  if (proved === undefined || proved.length >= mostProved) return undefined;
  const isAboutPeople = facts.reasons.every(({ kind }) => kind === 'recipient');
  return isAboutPeople ? proved.filter(({ kind }) => kind !== 'recipient') : proved;
}

function isAboutValue({ argument }: FlowReason): boolean {
  return argument !== undefined;
}

/** INVARIANT: for the same agent, instance, user and task, and for what a person approved of the target. */
function isForThis(yes: ValueYes, { principal, subject }: Walk): boolean {
  return (
    yes.agent === principal.agent &&
    yes.instance === principal.instance &&
    yes.user === principal.user?.subject &&
    yes.task === principal.task &&
    yes.target === targetText(subject.target) &&
    yes.targetDigest === (subject.digest ?? '')
  );
}

/** Places of a call as an approval keeps them: with what names each value in its sink, and lets nobody guess it. */
export function withValues<T extends Placed>(
  keyed: KeyedDigest,
  walk: Walk,
  places: readonly T[],
): readonly (T & { readonly value?: string })[] {
  const digestOf = valueDigests(keyed, walk);
  return places.map((place) => {
    const value = digestOf(place);
    return value === undefined ? place : { ...place, value };
  });
}

/** INVARIANT: it begins like no arguments do, so a digest of the one is never taken for the other. */
function valueDigests(
  keyed: KeyedDigest,
  { principal, subject, call }: Walk,
): (place: Placed) => string | undefined {
  const given = contentOf(call.action)?.arguments ?? emptyObject();
  return ({ argument, kind }) => {
    const value = argument === undefined ? undefined : argumentAt(given, argument);
    if (argument === undefined || value === undefined) return undefined;
    const named = [targetText(subject.target), sinkOf(argument), kind ?? '', value];
    return keyed(principal.tenant, sha256Hex(`flow value\n${canonicalText(named)}`));
  };
}
