import { z } from 'zod';
import type { StoredPerson } from '#contracts/people-book.ts';
import { actDraft, checkInPerson, checkReason, checkRight } from '#contracts/desk.ts';
import { type ReplayAnswer, unjudged } from '#dry-run/index.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Person } from '#kernel/principal.ts';
import { isoTime } from '#kernel/time.ts';
import type { ControlParts, Proposal } from './parts.ts';
import { policyText, toProblem } from './policy-shapes.ts';
import { proposedDocuments } from './proposed.ts';
import type { RunningAsked } from './running-replays.ts';
import type { Replayed } from './replayed.ts';
import { moment, name, reason } from './shapes.ts';

export const replayAsked = proposedDocuments.extend({
  since: moment,
  until: moment.optional(),
  agent: name.optional(),
  policies: z.array(policyText).max(500).default([]),
  without: z.array(z.string().min(1).max(64)).max(500).default([]),
  purpose: reason,
});

type Asked = z.infer<typeof replayAsked>;

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

/** Begins it, and answers what it came to, or how far it is. */
export async function beginReplay(
  parts: ControlParts,
  by: StoredPerson,
  asked: Asked,
  signal: AbortSignal | undefined,
): Promise<Replayed> {
  checkRight({ by }, 'privacy');
  checkInPerson({ by });
  checkReason({ reason: asked.purpose });
  const until = asked.until ?? parts.clock.now();
  if (until <= asked.since) {
    throw new BailiwickError('api/invalid', { message: '`until` must be later than `since`' });
  }
  const span = { since: isoTime(asked.since), until: isoTime(until) };
  const none = { problems: [], ...span, policyDigest: null, result: null, ...told(nothing) };
  const id = parts.replays.begin(by, {
    run: (running) => replayFor(parts, by, { ...asked, until, ...running }),
    soFar: (of, progress) => ({ ...none, isWhole: false, running: { id: of, ...progress } }),
  });
  return parts.replays.next(by, id, signal);
}

/**
 * What recorded calls would have been answered. INVARIANT: whoever writes a rule and hears which calls it
 * catches learns of their arguments: it needs the role that may look into what is sealed, and is on record,
 * with the rules' digest, before anything made of it leaves.
 */
async function replayFor(
  parts: ControlParts,
  by: Person,
  asked: Asked & RunningAsked & { readonly until: number },
): Promise<Replayed> {
  const { purpose, signal, since, until, agent: of } = asked;
  const looking = { since, until, signal, told: asked.told, tenant: by.tenant };
  const question = { ...looking, agent: of, ...proposalOf(asked) };
  const found = await parts.replayPolicies(question);
  const span = { since: isoTime(since), until: isoTime(until) };
  if (found.kind === 'refused') {
    const problems = found.problems.map(toProblem);
    const none = { policyDigest: null, result: null, ...told(nothing) };
    return { problems, ...span, ...none, running: null };
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
  return { problems: [], ...span, policyDigest: digest, result, ...shown, running: null };
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

type Told = Omit<Replayed, 'problems' | 'since' | 'until' | 'policyDigest' | 'result' | 'running'>;

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
