import { z } from 'zod';
import type { AppliedPlan, Approver } from '#contracts/change-desk.ts';
import type { DocumentReview, ListedReview, Plan } from '#contracts/document-change.ts';
import { isoTime } from '#kernel/time.ts';
import { next, pageByTime, placeAsked, searchedPage, timedPage } from './lists.ts';
import { personRoute, type Route } from './route.ts';
import { digest, id, jsonObject, name, reason, time } from './shapes.ts';

const named = z.strictObject({ kind: z.string().min(1).max(64), name });
const wanted = {
  documents: z.array(named.extend({ spec: jsonObject })).max(5_000),
  remove: z.array(named).max(5_000).default([]),
};

const judgement = z.enum(['tightening', 'neutral', 'risky']);
const step = z.strictObject({
  kind: z.string(),
  name: z.string(),
  /** Digests of what stands there and of what would. */
  before: z.string().nullable(),
  after: z.string().nullable(),
  /** Whose it is that stands there: `apply` refuses what the watched folder owns. */
  owner: z.enum(['folder', 'api']).nullable(),
  judgement,
  findings: z.array(z.strictObject({ judgement, sentence: z.string() })),
});
const plan = z.strictObject({
  id: z.string(),
  base: z.string(),
  judgement,
  steps: z.array(step),
});
const reviewState = z.enum(['open', 'applied', 'rejected', 'expired']);
/** `decided`: those that wait no more. */
const listed = z.enum([...reviewState.options, 'decided']);
const review = z.strictObject({
  id: z.string(),
  state: reviewState,
  owner: z.enum(['folder', 'api']),
  /** Whose yes it takes, while it waits. */
  approver: z.enum(['operator', 'admin']).nullable(),
  documents: z.array(z.string()),
  askedBy: z.string(),
  reason: z.string(),
  askedAt: time,
  until: time,
  decidedBy: z.string().nullable(),
  decidedAt: time.nullable(),
  why: z.string().nullable(),
});
const applied = z.strictObject({
  plan,
  applied: z.array(z.string()),
  /** What waits for somebody else. */
  review: review.nullable(),
  /** Decided by one person alone, because there is nobody else yet. */
  isException: z.boolean(),
});

function planOut({ id: plans, base, judgement: worst, steps }: Plan): z.infer<typeof plan> {
  return {
    id: plans,
    base,
    judgement: worst,
    steps: steps.map(({ kind, name: of, before, after, owner, judgement: judged, findings }) => ({
      kind,
      name: of,
      before: before ?? null,
      after: after ?? null,
      owner: owner ?? null,
      judgement: judged,
      findings: findings.map((one) => ({ ...one })),
    })),
  };
}

function reviewOut(of: DocumentReview | ListedReview, approver?: Approver): z.infer<typeof review> {
  return {
    id: of.id,
    state: of.state,
    owner: of.owner,
    approver: of.state === 'open' ? (approver ?? null) : null,
    documents: 'steps' in of ? of.steps.map((one) => `${one.kind}/${one.name}`) : [...of.documents],
    askedBy: of.askedBy,
    reason: of.reason,
    askedAt: isoTime(of.askedAt),
    until: isoTime(of.until),
    decidedBy: of.decidedBy ?? null,
    decidedAt: of.decidedAt === undefined ? null : isoTime(of.decidedAt),
    why: of.why ?? null,
  };
}

function appliedOut(of: AppliedPlan): z.infer<typeof applied> {
  return {
    plan: planOut(of.plan),
    applied: [...of.applied],
    review: of.review === undefined ? null : reviewOut(of.review, of.review.approver),
    isException: of.isException,
  };
}

export const changeRoutes: readonly Route[] = [
  personRoute({
    method: 'POST',
    path: '/v1/plans',
    summary: 'What a change of documents would do; nothing is kept',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    body: z.strictObject(wanted),
    answer: plan,
    // Compiled as if it were so, and judged. Nothing is kept.
    async handle({ parts, tenant, body }) {
      return planOut(await parts.desks.changes.plan(tenant, body));
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/changes',
    summary: 'Apply a change of documents, or propose it where somebody else must agree',
    action: 'config.applied',
    recordedBy: 'plane',
    act: 'documents',
    role: 'operator',
    body: z.strictObject({ ...wanted, plan: digest.optional(), reason }),
    answer: applied,
    async handle({ parts, person: by, body }) {
      return appliedOut(await parts.desks.changes.apply({ by, ...body }));
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/changes',
    summary: 'Changes of documents that wait, and those that were decided',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    query: z.strictObject({ ...searchedPage('changes'), state: listed.optional() }),
    answer: z.strictObject({
      /** Until when one person alone may still say yes to themselves. */
      bootstrapUntil: time.nullable(),
      reviews: z.array(review),
      next,
    }),
    async handle({ parts, tenant, query }) {
      const bootstrap = await parts.desks.changes.bootstrap(tenant);
      const found = await parts.desks.changes.list(tenant, {
        ...placeAsked(query),
        ...(query.state === undefined ? {} : { state: query.state }),
      });
      const { rows, more } = pageByTime(found, query, {
        list: 'changes',
        placeOf: ({ askedAt: at, id: own }) => ({ at, id: own }),
      });
      return {
        bootstrapUntil: bootstrap === undefined ? null : isoTime(bootstrap.until),
        reviews: rows.map((one) => reviewOut(one, one.approver)),
        ...more,
      };
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/changes/:id',
    summary: 'One change of documents with its plan',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    params: z.strictObject({ id }),
    answer: z.strictObject({
      review,
      /** What it would do now; none where it is decided, or something moved. */
      plan: plan.nullable(),
      moved: z.array(z.string()),
      steps: z.array(
        z.strictObject({
          kind: z.string(),
          name: z.string(),
          before: jsonObject.nullable(),
          after: jsonObject.nullable(),
        }),
      ),
    }),
    async handle({ parts, tenant, params }) {
      const shown = await parts.desks.changes.show(tenant, params.id);
      const stored = await parts.desks.documents.list(tenant);
      return {
        review: reviewOut(shown.review, shown.approver),
        plan: shown.plan === undefined ? null : planOut(shown.plan),
        moved: [...shown.moved],
        steps: shown.review.steps.map((one) => ({
          kind: one.kind,
          name: one.name,
          before: stored.find((of) => of.kind === one.kind && of.name === one.name)?.spec ?? null,
          after: one.spec ?? null,
        })),
      };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/changes/:id/approve',
    summary: 'Approve a change of documents that waits',
    action: 'config.change-approved',
    recordedBy: 'plane',
    act: 'documents',
    role: 'operator',
    params: z.strictObject({ id }),
    body: z.strictObject({ plan: digest, reason }),
    answer: z.strictObject({ review, snapshot: z.string() }),
    async handle({ parts, person: by, params, body }) {
      const done = await parts.desks.changes.approve({ by, ...params, ...body });
      return { review: reviewOut(done.review), snapshot: done.snapshot };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/changes/:id/reject',
    summary: 'Reject a change of documents that waits',
    action: 'config.change-ended',
    recordedBy: 'plane',
    act: 'reject',
    role: 'operator',
    params: z.strictObject({ id }),
    body: z.strictObject({ reason }),
    answer: z.strictObject({ review }),
    async handle({ parts, person: by, params, body }) {
      const done = await parts.desks.changes.reject({ by, ...params, ...body });
      return { review: reviewOut(done.review) };
    },
  }),
  personRoute({
    method: 'GET',
    path: '/v1/documents/:kind/:name/history',
    summary: 'Every version of a document',
    action: 'api.read',
    recordedBy: 'route',
    role: 'auditor',
    params: named,
    query: z.strictObject(timedPage('versions')),
    answer: z.strictObject({
      next,
      versions: z.array(
        z.strictObject({
          version: z.number(),
          digest: z.string(),
          owner: z.enum(['folder', 'api']),
          appliedAt: time,
          appliedBy: z.string(),
          reason: z.string().nullable(),
          /** It was taken out after this version. */
          removed: z
            .strictObject({ at: time, by: z.string(), reason: z.string().nullable() })
            .nullable(),
          spec: jsonObject,
        }),
      ),
    }),
    async handle({ parts, tenant, params, query }) {
      const all = await parts.desks.changes.history(tenant, params.kind, params.name);
      const { limit: most, before } = placeAsked(query);
      const behind = all.filter(({ version }) => before === undefined || version < before.at);
      const { rows: versions, more } = pageByTime(behind.slice(0, most), query, {
        list: 'versions',
        placeOf: ({ version: at }) => ({ at, id: '' }),
      });
      return {
        ...more,
        versions: versions.map(({ removed, ...one }) => ({
          version: one.version,
          digest: one.digest,
          owner: one.owner,
          appliedAt: isoTime(one.appliedAt),
          appliedBy: one.appliedBy,
          reason: one.reason ?? null,
          removed:
            removed === undefined
              ? null
              : { at: isoTime(removed.at), by: removed.by, reason: removed.reason ?? null },
          spec: one.spec,
        })),
      };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/documents/:kind/:name/rollback',
    summary: 'Put an earlier version of a document again',
    action: 'config.applied',
    recordedBy: 'plane',
    act: 'documents',
    role: 'operator',
    params: named,
    body: z.strictObject({ to: z.int().min(1), reason }),
    answer: applied,
    async handle({ parts, person: by, params, body }) {
      return appliedOut(await parts.desks.changes.rollback({ by, ...params, ...body }));
    },
  }),
];
