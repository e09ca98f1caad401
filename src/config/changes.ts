import type { AppliedPlan, Approver, ChangeDesk, ShownReview } from '#contracts/change-desk.ts';
import { type Act, checkInPerson, checkReason } from '#contracts/desk.ts';
import type { DocumentReview, Plan, ReviewBook, ReviewPage } from '#contracts/document-change.ts';
import type { RiskWorld } from '#contracts/document-risk.ts';
import type { StoredDocument } from '#contracts/document-store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isSamePerson } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { applySteps } from './apply-steps.ts';
import { approverOf, checkDocuments, checkWriter, type DocumentDeskParts } from './desk.ts';
import { createPlanMemory, moved, type PlanMemory } from './plan-memory.ts';
import { keyOf, planOf, type Step, stepsOf, type Wanted } from './plan.ts';
import { actorOf, recordEnded, reviewDraft } from './review-records.ts';
import {
  ask,
  closeEdited,
  dueOf,
  endDue,
  lookThrough,
  nothing,
  openReview,
  roomFor,
  type SealKeys,
  settle,
} from './waiting.ts';

export interface ChangeDeskParts extends DocumentDeskParts {
  readonly keys: SealKeys;
  readonly reviews: ReviewBook;
  /** Compiles as if all of it were so: rejects with every problem, or answers what stands then beside what does. */
  readonly rehearseSteps: (tenant: string, steps: readonly Step[]) => Promise<RiskWorld>;
}

interface Known {
  readonly parts: ChangeDeskParts;
  readonly memory: PlanMemory;
}

/** What is planned now, under the turn of whoever changes documents. */
interface Planned {
  readonly stored: readonly StoredDocument[];
  readonly steps: readonly Step[];
  readonly plan: Plan;
}

type Apply = Parameters<ChangeDesk['apply']>[0];

export function createChangeDesk(parts: ChangeDeskParts): ChangeDesk {
  const { documents, reviews, alone } = parts;
  const known = { parts, memory: createPlanMemory() };
  const apply = async (act: Apply): Promise<AppliedPlan> => {
    checkReason(act);
    checkDocuments(parts, act.documents);
    for (const one of act.documents) checkWriter(parts, { ...act, ...one }, one.spec);
    return alone(act.by.tenant, () => applyWanted(known, act));
  };
  const endDueNow = async (tenant: string) => {
    if ((await dueOf(parts, tenant)).length > 0) await alone(tenant, () => endDue(parts, tenant));
  };
  return {
    async plan(tenant, wanted) {
      checkDocuments(parts, wanted.documents);
      return (await plannedNow(known, tenant, wanted)).plan;
    },
    apply,
    async rollback({ kind, name, to, ...act }) {
      const versions = await documents.history(act.by.tenant, kind, name);
      const found = versions.find(({ version }) => version === to);
      if (found === undefined) throw nothing(`${kind} \`${name}\` has no version ${to}`);
      return apply({ ...act, documents: [{ kind, name, spec: found.spec }], remove: [] });
    },
    history: (tenant, kind, name) => documents.history(tenant, kind, name),
    async list(tenant, page) {
      await endDueNow(tenant);
      return listed(parts, tenant, page);
    },
    show: (tenant, id) => shown(known, tenant, id),
    approve: (act) => {
      checkInPerson(act);
      checkReason(act);
      return alone(act.by.tenant, () => approve(known, act));
    },
    async reject(act) {
      checkReason(act);
      return alone(act.by.tenant, () => reject(parts, act));
    },
    look: (tenant) => alone(tenant, () => lookThrough(parts, tenant)),
    endDue: endDueNow,
    async bootstrap(tenant) {
      const found = await reviews.bootstrap(tenant, parts.clock.now());
      return found.endedAt === undefined && parts.clock.now() < found.until ? found : undefined;
    },
  };
}

/** INVARIANT: what each says is read for those alone that wait: they are bounded. */
async function listed(
  { documents, reviews, kinds }: ChangeDeskParts,
  tenant: string,
  page: ReviewPage | undefined,
) {
  const all = await reviews.list(tenant, page);
  // All documents there are: of ten thousand that is a moment in which nothing else is answered.
  const stored = all.some(({ state }) => state === 'open') ? await documents.list(tenant) : [];
  return Promise.all(
    all.map(async (one) => {
      const whole = one.state === 'open' ? await reviews.get(tenant, one.id) : undefined;
      return { ...one, approver: whole && approverOf({ kinds }, whole.steps, stored) };
    }),
  );
}

async function plannedNow(
  { parts, memory }: Known,
  tenant: string,
  wanted: Wanted,
): Promise<Planned> {
  const stored = await parts.documents.list(tenant);
  const steps = stepsOf(stored, wanted);
  const world = steps.length === 0 ? noWorld : await parts.rehearseSteps(tenant, steps);
  const plan = planOf(parts.kinds, stored, steps, world);
  memory.keep(tenant, plan.id, stored);
  return { stored, steps, plan };
}

const noWorld: RiskWorld = { before: undefined, after: undefined };

async function applyWanted(known: Known, act: Apply): Promise<AppliedPlan> {
  const { parts, memory } = known;
  const { tenant } = act.by;
  const planned = await plannedNow(known, tenant, act);
  const { stored, steps, plan } = planned;
  if (act.plan !== undefined && act.plan !== plan.id) {
    throw moved(memory.since(tenant, act.plan, stored));
  }
  checkOwner(steps);
  for (const { before, ...one } of steps) checkWriter(parts, { ...act, ...one }, before?.spec);
  const isAlone = plan.judgement === 'risky' && (await isBootstrap(parts, tenant));
  if (plan.judgement !== 'risky' || isAlone) {
    if (isAlone) await parts.recorder.record(exceptionDraft(act, plan));
    await applySteps(parts, act, { ...planned, owner: 'api' });
    return { plan, applied: steps.map(keyOf), review: undefined, isException: isAlone };
  }
  const { now, later } = await parted(known, act, planned);
  await roomFor(parts, act.by, { steps: later, owner: 'api' });
  if (now.length > 0) await applySteps(parts, act, { stored, steps: now, plan, owner: 'api' });
  const review = await ask(parts, act, { steps: later, owner: 'api' });
  const approver = approverOf(parts, later, stored);
  return { plan, applied: now.map(keyOf), review: { ...review, approver }, isException: false };
}

/** What only takes away does not wait, where it stands by itself; what does not waits with the rest. */
async function parted(
  { parts }: Known,
  { by }: Act,
  { steps, plan }: Planned,
): Promise<{ readonly now: readonly Step[]; readonly later: readonly Step[] }> {
  const risky = new Set(plan.steps.filter(({ judgement }) => judgement === 'risky').map(keyOf));
  const now = steps.filter((one) => !risky.has(keyOf(one)));
  if (now.length === 0) return { now, later: steps };
  try {
    await parts.rehearseSteps(by.tenant, now);
  } catch (fault) {
    if (!(fault instanceof BailiwickError) || fault.code !== 'config/invalid') throw fault;
    return { now: [], later: steps };
  }
  return { now, later: steps.filter((one) => risky.has(keyOf(one))) };
}

/** What stands there must be what stood there when it was asked for: nothing is overwritten that nobody saw. */
async function plannedReview(
  known: Known,
  tenant: string,
  review: DocumentReview,
): Promise<Planned | { readonly moved: readonly string[] }> {
  const stored = await known.parts.documents.list(tenant);
  const digests = new Map(stored.map((one) => [keyOf(one), one.digest]));
  const changed = review.steps.filter((one) => digests.get(keyOf(one)) !== one.before).map(keyOf);
  if (changed.length > 0) return { moved: changed };
  const put = review.steps.flatMap(({ kind, name, spec }) => (spec ? [{ kind, name, spec }] : []));
  const remove = review.steps.filter(({ spec }) => spec === undefined);
  return plannedNow(known, tenant, { documents: put, remove });
}

async function shown(known: Known, tenant: string, id: string): Promise<ShownReview> {
  const { parts } = known;
  await parts.alone(tenant, async () => {
    await endDue(parts, tenant);
    const open = await parts.reviews.get(tenant, id);
    if (open?.state !== 'open' || (await closeEdited(parts, tenant, open))) return;
    await settle(parts, tenant, open);
  });
  const review = await parts.reviews.get(tenant, id);
  if (review === undefined) throw nothing(`there is no review \`${id}\``);
  const approver = approverOf(parts, review.steps, await parts.documents.list(tenant));
  const told = { review, approver };
  if (review.state !== 'open') return { ...told, plan: undefined, moved: [] };
  const planned = await plannedReview(known, tenant, review);
  if ('moved' in planned) return { ...told, plan: undefined, moved: planned.moved };
  return { ...told, plan: planned.plan, moved: [] };
}

/** INVARIANT: under the same turn as a yes, so that nothing is in force whose review says no. */
async function reject(parts: ChangeDeskParts, act: Parameters<ChangeDesk['reject']>[0]) {
  const { tenant, name: by } = act.by;
  const now = parts.clock.now();
  const review = await openReview(parts, tenant, act.id);
  for (const one of review.steps) checkWriter(parts, { ...act, ...one }, one.spec);
  const decided = { tenant, id: act.id, by, why: act.reason, now, state: 'rejected' as const };
  const rejected = await parts.reviews.decide(decided);
  await recordEnded(parts.recorder, tenant, rejected);
  return { review: rejected };
}

async function approve(known: Known, act: Parameters<ChangeDesk['approve']>[0]) {
  const { parts } = known;
  const { tenant, name: by } = act.by;
  // Decided as of now: its time may run out while it comes into force.
  const now = parts.clock.now();
  const review = await openReview(parts, tenant, act.id);
  for (const one of review.steps) checkWriter(parts, { ...act, ...one }, one.spec);
  if (isSamePerson(review.askedBy, by)) throw new BailiwickError('config/second-person');
  const planned = await plannedReview(known, tenant, review);
  if ('moved' in planned) throw moved(planned.moved);
  if (planned.plan.id !== act.plan) {
    throw moved(known.memory.since(tenant, act.plan, planned.stored));
  }
  for (const { before, ...one } of planned.steps)
    checkWriter(parts, { ...act, ...one }, before?.spec);
  const draft = reviewDraft('config.change-approved', act.by, review);
  const details = { ...draft.details, plan: act.plan, why: act.reason };
  await parts.recorder.record({ ...draft, details });
  const snapshot = await applySteps(parts, act, { ...planned, owner: review.owner, review });
  const decided = { tenant, id: act.id, by, why: act.reason, now, state: 'applied' as const };
  return { review: await parts.reviews.decide(decided), snapshot };
}

export async function isBootstrap(
  { reviews, clock }: Pick<ChangeDeskParts, 'reviews' | 'clock'>,
  tenant: string,
): Promise<boolean> {
  const now = clock.now();
  const { endedAt, until } = await reviews.bootstrap(tenant, now);
  return endedAt === undefined && now < until;
}

/** One person alone said yes to their own change. */
export function exceptionDraft(
  { by, reason }: Act & { readonly reason: string },
  plan: Plan,
): RecordDraft {
  const documents = plan.steps.map(keyOf);
  return {
    type: 'config.change-approved',
    tenant: by.tenant,
    actors: [actorOf(by)],
    details: { plan: plan.id, documents, exception: 'bootstrap', why: reason },
  };
}

function askWhom(approver: Approver): string {
  const whom = approver === 'admin' ? 'an admin who is not you' : 'another operator';
  return `ask ${whom} to look: \`bailiwick change list\`, \`bailiwick change show\``;
}

function checkOwner(steps: readonly Step[]): void {
  const foreign = steps.filter(({ before }) => before?.owner === 'folder').map(keyOf);
  if (foreign.length === 0) return;
  throw new BailiwickError('store/conflict', {
    message: `the document folder owns ${foreign.join(', ')}`,
    suggestedAction: 'change them there: a document has one owner',
  });
}

/**
 * For whoever changes one document by itself: what is risky waits too. INVARIANT: it throws wherever the change is
 * not to take effect.
 */
export function reviewGate(
  parts: Pick<
    ChangeDeskParts,
    'documents' | 'keys' | 'reviews' | 'recorder' | 'clock' | 'kinds' | 'rehearseSteps'
  >,
): NonNullable<DocumentDeskParts['gate']> {
  return async ({ by, reason = 'no reason given' }, step) => {
    const stored = await parts.documents.list(by.tenant);
    const steps = stepsOf(stored, {
      documents: step.spec === undefined ? [] : [{ ...step, spec: step.spec }],
      remove: step.spec === undefined ? [step] : [],
    });
    if (steps.length === 0) return;
    const world = await parts.rehearseSteps(by.tenant, steps);
    const plan = planOf(parts.kinds, stored, steps, world);
    if (plan.judgement !== 'risky') return;
    if (await isBootstrap(parts, by.tenant)) {
      await parts.recorder.record(exceptionDraft({ by, reason }, plan));
      return;
    }
    const { id } = await ask(parts, { by, reason }, { steps, owner: 'api' });
    throw new BailiwickError('config/needs-review', {
      message: `this change waits for somebody else: review ${id}`,
      suggestedAction: askWhom(approverOf(parts, steps, stored)),
      details: { review: id },
    });
  };
}
