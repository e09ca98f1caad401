import { z } from 'zod';
import { actDraft, checkInPerson, checkReason, checkRight } from '#contracts/desk.ts';
import { type ReplayAnswer, unjudged } from '#dry-run/index.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Person } from '#kernel/principal.ts';
import { isoTime } from '#kernel/time.ts';
import type { ControlParts, Proposal } from './parts.ts';
import { policyText, problem, toProblem } from './policy-shapes.ts';
import { proposedDocuments } from './proposed.ts';
import { moment, name, reason, time } from './shapes.ts';

export const replayAsked = proposedDocuments.extend({
  since: moment,
  until: moment.optional(),
  agent: name.optional(),
  policies: z.array(policyText).max(500).default([]),
  without: z.array(z.string().min(1).max(64)).max(500).default([]),
  purpose: reason,
});

const rules = z.strictObject({
  from: z.array(z.string()).readonly(),
  to: z.array(z.string()).readonly(),
});

const change = z.strictObject({
  agent: z.string(),
  user: z.string().nullable(),
  target: z.string(),
  from: z.string(),
  to: z.string(),
  way: z.enum(['more', 'less', 'other']),
  calls: z.number(),
  rules,
  examples: z.array(z.string()).readonly(),
  first: time,
  last: time,
});

export const replayed = z.strictObject({
  /** Where the policies cannot be in force, nothing was judged. */
  problems: z.array(problem),
  since: time,
  until: time,
  policyDigest: z.string().nullable(),
  /** Names all of what is told below, with the span and both configurations: what a reviewer refers to. */
  result: z.string().nullable(),
  records: z.number(),
  judged: z.number(),
  forUsers: z.number(),
  same: z.number(),
  changes: z.array(change),
  more: z.number(),
  movedSince: z.number(),
  skipped: z.array(z.strictObject({ why: z.string(), calls: z.number() })),
  reach: z
    .array(z.strictObject({ origin: z.string(), from: z.number(), to: z.number() }))
    .readonly(),
  isWhole: z.boolean(),
});

type Asked = z.infer<typeof replayAsked> & { readonly signal: AbortSignal | undefined };

const nothing: ReplayAnswer = {
  records: 0,
  judged: 0,
  forUsers: 0,
  same: 0,
  changes: [],
  more: 0,
  movedSince: 0,
  skipped: {},
  reach: [],
  isWhole: true,
};

/**
 * What recorded calls would have been answered. INVARIANT: whoever writes a rule and hears which calls it
 * catches learns of their arguments: it needs the role that may look into what is sealed, and is on record,
 * with the rules' digest, before anything made of it leaves.
 */
export async function replayFor(
  parts: ControlParts,
  by: Person,
  asked: Asked,
): Promise<z.infer<typeof replayed>> {
  checkRight({ by }, 'privacy');
  checkInPerson({ by });
  checkReason({ reason: asked.purpose });
  const { purpose, signal, since, until = parts.clock.now(), agent: of } = asked;
  if (until <= since) {
    throw new BailiwickError('api/invalid', { message: '`until` must be later than `since`' });
  }
  const looking = { since, until, signal, tenant: by.tenant };
  const question = { ...looking, agent: of, ...proposalOf(asked) };
  const found = await parts.replayPolicies(question);
  const span = { since: isoTime(since), until: isoTime(until) };
  if (found.kind === 'refused') {
    const problems = found.problems.map(toProblem);
    return { problems, ...span, policyDigest: null, result: null, ...told(nothing) };
  }
  const { answer, digest } = found;
  const shown = told(answer);
  const configurations = [parts.configuration()?.digest ?? 'none', found.configuration];
  const named = { ...span, tenant: by.tenant, agent: of ?? null, configurations, told: shown };
  const result = sha256Hex(canonicalText(named));
  const looked = { ...span, policies: digest, result, opened: answer.judged };
  const agent = of === undefined ? {} : { agent: of };
  const details = { ...looked, ...agent, purpose, shown: 'derived' };
  await parts.recorder.record(actDraft('log.revealed', { by }, details));
  return { problems: [], ...span, policyDigest: digest, result, ...shown };
}

/** A policy by its text alone is short for its document. */
function proposalOf({ documents, remove, policies, without }: Asked): Proposal {
  const named = policies.map(({ name: of, cedar }) => ({
    kind: 'Policy',
    name: of,
    spec: { cedar },
  }));
  const gone = without.map((of) => ({ kind: 'Policy', name: of }));
  return { documents: [...named, ...documents], remove: [...gone, ...remove] };
}

type Told = Omit<
  z.infer<typeof replayed>,
  'problems' | 'since' | 'until' | 'policyDigest' | 'result'
>;

function told({ changes, skipped, ...rest }: ReplayAnswer): Told {
  const counts = Object.entries(skipped) as [keyof typeof unjudged, number][];
  return {
    ...rest,
    changes: changes.map(({ user, first, last, ...one }) => ({
      ...one,
      user: user ?? null,
      first: isoTime(first),
      last: isoTime(last),
    })),
    skipped: counts.map(([why, calls]) => ({ why: unjudged[why], calls })),
  };
}
