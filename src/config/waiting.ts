import type { Act, DeskRecorder } from '#contracts/desk.ts';
import {
  type DocumentReview,
  documentsDigest,
  reviewDigest,
  type ReviewBook,
} from '#contracts/document-change.ts';
import type { DocumentStore, StoredDocument } from '#contracts/document-store.ts';
import type { TenantKeys } from '#contracts/tenant-keys.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { canonicalText } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import type { Person } from '#kernel/principal.ts';
import type { Clock } from '#kernel/time.ts';
import { keyOf, specDigest, type Step } from './plan.ts';
import { takenDraft } from './take-over.ts';
import { recordEnded, reviewDraft, systemName } from './review-records.ts';

/** Beside the keys, not in the store. */
export type SealKeys = Pick<TenantKeys, 'mac'>;

export interface WaitingParts {
  readonly keys: SealKeys;
  readonly documents: Pick<DocumentStore, 'list' | 'apply'>;
  readonly reviews: ReviewBook;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
}

interface Asked {
  readonly steps: readonly Step[];
  readonly owner: StoredDocument['owner'];
}

/** Of people, in a tenant. The folder has one at a time: what people leave open never stops a start. */
const mostOpen = 100;

/**
 * On record before anybody can say yes to it. INVARIANT: whoever asks for the same again is answered with what waits
 * already.
 */
export async function ask(
  parts: Omit<WaitingParts, 'documents'>,
  act: Act & { readonly reason: string },
  asked: Asked,
): Promise<DocumentReview> {
  const same = await roomFor(parts, act.by, asked);
  if (same !== undefined) return same;
  const now = parts.clock.now();
  const asking = {
    id: newId(now),
    owner: asked.owner,
    steps: stepsIn(asked),
    askedBy: act.by.name,
    reason: act.reason,
    askedAt: now,
    until: now + limits.agreementMs,
    state: 'open' as const,
  };
  const review = { ...asking, seal: sealOf(parts.keys, act.by.tenant, asking) };
  await parts.recorder.record(reviewDraft('config.change-requested', act.by, review));
  await parts.reviews.ask(act.by.tenant, review);
  return review;
}

/** The one that says the same and waits already; throws where there is no room for another. */
export async function roomFor(
  { reviews, clock }: Pick<WaitingParts, 'reviews' | 'clock'>,
  { tenant, name }: Pick<Person, 'tenant' | 'name'>,
  asked: Asked,
): Promise<DocumentReview | undefined> {
  const now = clock.now();
  const open = (await reviews.open(tenant)).filter(
    ({ owner, until }) => owner === asked.owner && until > now,
  );
  const names = canonicalText(asked.steps.map(keyOf));
  const wanted = contentOf(stepsIn(asked));
  for (const { id, askedBy, documents } of open) {
    if (askedBy !== name || canonicalText(documents) !== names) continue;
    const review = await reviews.get(tenant, id);
    if (review?.state === 'open' && contentOf(review.steps) === wanted) return review;
  }
  if (asked.owner === 'api' && open.length >= mostOpen)
    throw new BailiwickError('config/too-many-waiting');
  return undefined;
}

function stepsIn({ steps }: Asked): DocumentReview['steps'] {
  return steps.map(({ kind, name, before, spec }) => ({
    kind,
    name,
    before: before?.digest,
    spec,
  }));
}

function contentOf(steps: DocumentReview['steps']): string {
  return canonicalText(
    steps.map(({ kind, name, before, spec }) => [kind, name, before ?? null, spec ?? null]),
  );
}

/** INVARIANT: under the turn of whoever changes documents, as all that ends a review. */
export async function openReview(
  parts: WaitingParts,
  tenant: string,
  id: string,
): Promise<DocumentReview> {
  await endDue(parts, tenant);
  const review = await parts.reviews.get(tenant, id);
  if (review?.state === 'open' && (await closeEdited(parts, tenant, review)))
    throw new BailiwickError('config/review-edited');
  if (review?.state !== 'open' || (await settle(parts, tenant, review)))
    throw nothing(`no review \`${id}\` waits`);
  return review;
}

/**
 * Whoever edits the store while nothing runs changes what others would say yes to. INVARIANT: nothing that is not
 * what was asked for, to the letter, is ever applied; it is over, and that is on record.
 */
export async function closeEdited(
  { keys, reviews, recorder, clock }: WaitingParts,
  tenant: string,
  review: DocumentReview,
): Promise<boolean> {
  if (review.seal === sealOf(keys, tenant, review)) return false;
  const { id, until } = review;
  const why = 'it was edited in the store after it was asked for';
  const now = Math.min(clock.now(), until - 1);
  const ended = { tenant, id, by: systemName, state: 'rejected' as const, why, now };
  await recordEnded(recorder, tenant, await reviews.decide(ended));
  return true;
}

function sealOf(keys: SealKeys, tenant: string, of: Omit<DocumentReview, 'state' | 'seal'>) {
  return keys.mac(tenant, `review\n${reviewDigest(of)}`);
}

/**
 * Control died, or its store did, after a change came into force and before its review said so: what is so already
 * does not wait, and is neither rejected nor over.
 */
export async function settle(
  parts: WaitingParts,
  tenant: string,
  review: DocumentReview,
): Promise<boolean> {
  const { documents, reviews, recorder, clock } = parts;
  const { id, steps, until } = review;
  const stored = await documents.list(tenant);
  const digests = new Map(stored.map((one) => [keyOf(one), one.digest]));
  const isSo = steps.every((one) => digests.get(keyOf(one)) === (one.spec && specDigest(one.spec)));
  if (!isSo) return false;
  if (review.owner === 'folder') await takeOver(parts, tenant, { stored, steps });
  // Also of one whose time ran out meanwhile.
  const now = Math.min(clock.now(), until - 1);
  const why = 'all of it is in force already';
  const settled = { tenant, id, by: systemName, state: 'applied' as const, why, now };
  await recordEnded(recorder, tenant, await reviews.decide(settled));
  return true;
}

/** It came into force by the API, and lies in the folder to the letter: one owner has it, on record. */
async function takeOver(
  { documents, recorder, clock }: WaitingParts,
  tenant: string,
  { stored, steps }: { readonly stored: readonly StoredDocument[] } & Pick<DocumentReview, 'steps'>,
): Promise<void> {
  const names = new Set(steps.map(keyOf));
  const put = stored.filter((one) => one.owner === 'api' && names.has(keyOf(one)));
  if (put.length === 0) return;
  for (const one of put) await recorder.record(takenDraft(tenant, one));
  const by = { by: 'folder', reason: 'it lies in the folder as it is in force' };
  const expects = documentsDigest(stored);
  await documents.apply({
    ...by,
    tenant,
    owner: 'folder',
    expects,
    put,
    remove: [],
    now: clock.now(),
  });
}

/** What was edited meanwhile, what is in force already, what is over: each is found without anybody who asks. */
export async function lookThrough(parts: WaitingParts, tenant: string): Promise<void> {
  await endDue(parts, tenant);
  for (const { id } of await parts.reviews.open(tenant)) {
    const review = await parts.reviews.get(tenant, id);
    if (review?.state !== 'open' || (await closeEdited(parts, tenant, review))) continue;
    await settle(parts, tenant, review);
  }
}

/** Whose time is over; what is in force of them is settled first. */
export async function endDue(parts: WaitingParts, tenant: string): Promise<void> {
  const { reviews, recorder, clock } = parts;
  const now = clock.now();
  for (const { id } of await dueOf(parts, tenant)) {
    const review = await reviews.get(tenant, id);
    if (review?.state === 'open') await settle(parts, tenant, review);
  }
  for (const over of await reviews.expire(tenant, now)) await recordEnded(recorder, tenant, over);
}

export async function dueOf({ reviews, clock }: WaitingParts, tenant: string) {
  const now = clock.now();
  return (await reviews.open(tenant)).filter(({ until }) => until <= now);
}

export function nothing(message: string): BailiwickError {
  return new BailiwickError('api/not-found', { message });
}
