import { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import type { Approval, ApprovalYes } from '#kernel/grant.ts';
import { parseTarget, targetLabel } from '#kernel/target.ts';
import { isoTime } from '#kernel/time.ts';
import { shownDigestOf, whyNotTheirs } from '#planes/approvals/index.ts';
import { doubtedValue, doubtedValues, provedValue, provedValues } from './doubted-values.ts';
import { isSamePerson, type Person } from '#kernel/principal.ts';
import { agentsShown, isShown } from './own-agents.ts';
import { next, pageByTime, placeAsked, searchedPage } from './lists.ts';
import { oldValue, oldValuesOf } from './old-values.ts';
import { shownArguments } from './shown-arguments.ts';
import type { ControlParts } from './parts.ts';
import { personRoute, type Route } from './route.ts';
import { digest, id, name, reason, time } from './shapes.ts';

const state = z.enum(['pending', 'approved', 'rejected', 'expired', 'withdrawn', 'void', 'spent']);

/**
 * What an approver sees: the effect first, the exact arguments that will be sent, whole. Others see none of them.
 * INVARIANT: never the handle, which is the agent's own.
 */
const approval = z.strictObject({
  id: z.string(),
  state,
  agent: z.string(),
  instance: z.string(),
  /** As people write it: `billing/create_refund`, `model:openai/gpt-5`. */
  target: z.string(),
  targetDigest: z.string(),
  effect: z.string(),
  reversible: z.boolean(),
  /** Null for whoever may not decide it, and once it is over: `audit reveal` shows them then, on record. */
  arguments: z.string().nullable(),
  argumentsDigest: z.string(),
  fields: z.array(z.string()).readonly(),
  class: z.string(),
  rules: z.array(z.string()).readonly(),
  why: z.string(),
  /** Which values of it nobody knows that the user wants. */
  values: z.array(doubtedValue),
  /** What stood where it would put something else, as its task was told last. Null: as of the arguments. */
  before: z.array(oldValue).nullable(),
  /** Those that need no yes. Null: not everything was looked into, or the tool declares no flow. */
  proved: z.array(provedValue).nullable(),
  /** `value`: it is also a yes to each of these values, in this sink of this task, while the grant lives. */
  yesFor: z.enum(['call', 'value']),
  labels: z.array(z.string()).readonly(),
  /** For whom: what the provider calls them, and the name here. Null: it acts for nobody. */
  user: z.string().nullable(),
  person: z.string().nullable(),
  /** Null: it was asked before tasks were told. */
  task: z.string().nullable(),
  call: z.string(),
  callDigest: z.string(),
  /** The digest of what is shown of it: a yes posts it, and is to nothing else. */
  shown: digest,
  requestedAt: time,
  expiresAt: time,
  decidedBy: z.string().nullable(),
  decidedAt: time.nullable(),
  reason: z.string().nullable(),
  grantExpiresAt: time.nullable(),
  use: z.string().nullable(),
  /** So many distinct people have to say yes, by the documents in force. */
  quorum: z.int(),
  /** Whose yes counts by now. */
  agreed: z.array(z.strictObject({ by: z.string(), at: time, reason: z.string() })),
  /** Which documents ask for that. */
  askedBy: z.array(z.string()),
  /** Why a yes is not theirs to give who looks at it; null: it is, or it waits no more. */
  notYours: z.enum(['requester', 'user', 'owner', 'newer', 'role', 'people', 'agreed']).nullable(),
});

export const approvalRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/approvals',
    summary: 'Calls that wait for a person, and those that did',
    action: 'api.read',
    recordedBy: 'route',
    role: ['auditor', 'owner'],
    query: z.strictObject({
      ...searchedPage('approvals'),
      state: state.optional(),
      agent: name.optional(),
    }),
    answer: z.strictObject({ approvals: z.array(approval), next }),
    async handle({ parts, tenant, query, person }) {
      const { state: wanted, agent } = query;
      const of = wanted === undefined ? {} : { state: wanted };
      const asked = { tenant, ...placeAsked(query), ...of };
      const lists = agentsShown(parts, person, agent).map((own) =>
        parts.desks.approvals.list({ ...asked, ...(own === undefined ? {} : { agent: own }) }),
      );
      // Each list is by its time; an owner's are of several agents.
      const { rows, more } = pageByTime((await Promise.all(lists)).flat(), query, {
        list: 'approvals',
        placeOf: ({ requestedAt: at, id: own }) => ({ at, id: own }),
      });
      const now = parts.clock.now();
      const views = rows.map((one) => view(parts, one, { person, now }));
      return { approvals: await Promise.all(views), ...more };
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/approvals/:id',
    summary: 'One held call, whole',
    action: 'api.read',
    recordedBy: 'route',
    role: ['auditor', 'owner'],
    params: z.strictObject({ id }),
    answer: approval.extend({
      /** Why the task was begun, and whether the words of whoever wanted it are sealed. */
      taskWhy: z.string().nullable(),
      intent: z.literal('sealed').nullable(),
    }),
    async handle({ parts, tenant, params, person }) {
      const found = await parts.desks.approvals.show(tenant, params.id);
      const isTheirs = found !== undefined && isShown(parts, person, found.binding.agent);
      if (!isTheirs) throw new BailiwickError('approvals/unknown');
      const { task } = found.context;
      const of = task === undefined ? undefined : await parts.desks.tasks.show(tenant, task);
      const { reason: why, intent: words } = of?.task.begun ?? {};
      const intent = words === undefined ? null : ('sealed' as const);
      const shown = await view(parts, found, { person, now: parts.clock.now() });
      return { ...shown, taskWhy: why ?? null, intent };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/approvals/:id/decide',
    showsOnce: true,
    summary: 'Approve, reject or withdraw a held call',
    action: 'approval.approved',
    recordedBy: 'plane',
    act: async ({ body: { verdict } }) => (verdict === 'approve' ? 'approve' : 'reject'),
    approvalClass: async ({ parts, tenant, params }) =>
      (await parts.desks.approvals.show(tenant, params.id))?.binding.approvalClass,
    // The desk asks for more: an analyst only withdraws.
    role: ['approver', 'analyst'],
    params: z.strictObject({ id }),
    body: z.strictObject({
      verdict: z.enum(['approve', 'reject', 'withdraw']),
      /** Of a yes, and there it is required: as it was told of this approval. */
      shown: digest.optional(),
      reason,
    }),
    answer: approval,
    async handle({ parts, params, body, person: by }) {
      const decided = await parts.desks.approvals.decide({ by, ...params, ...body });
      return view(parts, decided, { person: by, now: parts.clock.now() });
    },
  }),
];

function labelOf(text: string): string {
  const target = parseTarget(text);
  return target === undefined ? text : targetLabel(target);
}

/** INVARIANT: told to whoever decides beside it, and enforced by the desk and the ledger, whatever was told. */
async function yesesOf(
  { desks: { approvals } }: Pick<ControlParts, 'desks'>,
  one: Approval,
  { name, roles }: Person,
): Promise<Pick<z.input<typeof approval>, 'quorum' | 'agreed' | 'askedBy' | 'notYours'>> {
  if (one.state !== 'pending' && one.state !== 'approved') {
    const agreed = one.yeses.map(saidYes);
    return { quorum: Math.max(1, agreed.length), agreed, askedBy: [], notYours: null };
  }
  const { asked, counting } = await approvals.asked(one);
  const theirs = counting.some(({ by }) => isSamePerson(by, name)) ? 'agreed' : undefined;
  const notYours = theirs ?? whyNotTheirs(asked, { name, roles });
  return {
    quorum: asked.quorum,
    agreed: counting.map(saidYes),
    askedBy: asked.rules.map((rule) => rule.name),
    notYours: (one.state === 'pending' ? notYours : undefined) ?? null,
  };
}

function saidYes({ by, at, reason: why }: ApprovalYes) {
  return { by, at: isoTime(at), reason: why };
}

async function view(
  parts: Pick<ControlParts, 'desks'>,
  one: Approval,
  to: { readonly person: Person; readonly now: number },
): Promise<z.input<typeof approval>> {
  const { binding, context } = one;
  const shown = shownArguments(one, to);
  return {
    id: one.id,
    state: one.state,
    agent: binding.agent,
    instance: binding.instance,
    target: labelOf(binding.target),
    targetDigest: binding.targetDigest,
    effect: context.effectClass,
    reversible: context.reversible,
    ...shown,
    class: binding.approvalClass,
    rules: binding.rules,
    why: context.explanation,
    values: doubtedValues(one, shown.arguments),
    before: oldValuesOf(one, shown.arguments),
    proved: provedValues(one, shown.arguments),
    yesFor: context.yesRepeats === true ? 'value' : 'call',
    labels: context.labels,
    user: binding.user ?? null,
    person: context.person ?? null,
    task: context.task ?? null,
    call: context.callId,
    callDigest: one.callDigest,
    shown: shownDigestOf(one),
    requestedAt: isoTime(one.requestedAt),
    expiresAt: isoTime(one.expiresAt),
    decidedBy: one.decidedBy ?? null,
    decidedAt: one.decidedAt === undefined ? null : isoTime(one.decidedAt),
    reason: one.reason ?? null,
    grantExpiresAt: one.grantExpiresAt === undefined ? null : isoTime(one.grantExpiresAt),
    use: one.use ?? null,
    ...(await yesesOf(parts, one, to.person)),
  };
}
