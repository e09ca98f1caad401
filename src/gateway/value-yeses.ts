import type { GatewayGrants } from '#contracts/grant-ledger.ts';
import { contentOf } from '#kernel/call.ts';
import type { FlowFacts, FlowReason } from '#kernel/decision.ts';
import { sha256Hex } from '#kernel/digest.ts';
import type { HeldDoubt, ValueYes } from '#kernel/grant.ts';
import { canonicalText, emptyObject } from '#kernel/json/index.ts';
import { targetText } from '#kernel/target.ts';
import { argumentAt, sinkOf, withoutAnswered } from '#planes/flow/index.ts';
import type { KeyedDigest } from './keyed-digest.ts';
import type { Resolved } from './progress.ts';

/** What people said yes to is a grant for that value in that sink of that task, where a document says so. */
export interface ValueYeses {
  /** INVARIANT: a yes that cannot be had is none. */
  answered(walk: Resolved, facts: FlowFacts): FlowFacts | Promise<FlowFacts>;
}

export interface ValueYesParts {
  readonly grants: Pick<GatewayGrants, 'valueYeses'>;
  readonly keyed: KeyedDigest;
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
      return withoutAnswered(facts, (reason) => {
        const value = digestOf(reason);
        if (value === undefined) return undefined;
        return yeses.find(({ values }) => values.includes(value))?.approval;
      });
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

/** Doubts as an approval keeps them: with what names each value in its sink, and lets nobody guess it. */
export function heldDoubts(
  keyed: KeyedDigest,
  walk: Walk,
  { reasons }: FlowFacts,
): readonly HeldDoubt[] {
  const digestOf = valueDigests(keyed, walk);
  return reasons.map((reason) => {
    const value = digestOf(reason);
    return value === undefined ? reason : { ...reason, value };
  });
}

/** INVARIANT: it begins like no arguments do, so a digest of the one is never taken for the other. */
function valueDigests(
  keyed: KeyedDigest,
  { principal, subject, call }: Walk,
): (reason: FlowReason) => string | undefined {
  const given = contentOf(call.action)?.arguments ?? emptyObject();
  return ({ argument, kind }) => {
    const value = argument === undefined ? undefined : argumentAt(given, argument);
    if (argument === undefined || value === undefined) return undefined;
    const named = [targetText(subject.target), sinkOf(argument), kind ?? '', value];
    return keyed(principal.tenant, sha256Hex(`flow value\n${canonicalText(named)}`));
  };
}
