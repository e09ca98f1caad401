import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Finding, Judgement } from './document-risk.ts';
import type { StoredDocument } from './document-store.ts';
import type { TimedPage } from './list-place.ts';

/** A document as somebody wrote it. */
export interface WrittenDocument {
  readonly kind: string;
  readonly name: string;
  readonly spec: JsonObject;
}

/** What one document would become. */
export interface PlannedStep {
  readonly kind: string;
  readonly name: string;
  /** Digest of what stands there; undefined where it is new. */
  readonly before: string | undefined;
  /** Whose it is that stands there: what the watched folder owns is changed there alone. */
  readonly owner: StoredDocument['owner'] | undefined;
  /** Undefined where it goes. */
  readonly after: string | undefined;
  readonly spec: JsonObject | undefined;
  readonly judgement: Judgement;
  readonly findings: readonly Finding[];
}

/**
 * What a set of documents would change. INVARIANT: `id` names the state that it was made against and what is wanted,
 * both whole; another of either is another plan.
 */
export interface Plan {
  readonly id: string;
  readonly base: string;
  readonly steps: readonly PlannedStep[];
  readonly judgement: Judgement;
}

/** A digest of all documents of a tenant: whose they are and what they say. */
export function documentsDigest(
  documents: readonly Pick<StoredDocument, 'kind' | 'name' | 'digest' | 'owner'>[],
): string {
  const rows = documents.map(
    ({ kind, name, digest, owner }) => `${kind}/${name} ${digest} ${owner}`,
  );
  return sha256Hex(canonicalText(rows.sort()));
}

export type ChangeState = 'open' | 'applied' | 'rejected' | 'expired';

/** Risky steps that wait for somebody else. */
export interface DocumentReview {
  readonly id: string;
  readonly owner: StoredDocument['owner'];
  readonly steps: readonly Pick<PlannedStep, 'kind' | 'name' | 'before' | 'spec'>[];
  readonly askedBy: string;
  readonly reason: string;
  readonly askedAt: number;
  readonly until: number;
  readonly state: ChangeState;
  /** Of whoever wrote it down, over what was asked for: what was edited in the store since is told from it. */
  readonly seal: string;
  readonly decidedBy?: string;
  readonly decidedAt?: number;
  readonly why?: string;
}

/** Of what was asked for, whole: each document to the letter, by whom, why and until when. */
export function reviewDigest({
  id,
  owner,
  steps,
  askedBy,
  reason,
  askedAt,
  until,
}: Omit<DocumentReview, 'state' | 'seal'>): string {
  const documents = steps.map(({ kind, name, before, spec }) => [
    kind,
    name,
    before ?? null,
    spec ?? null,
  ]);
  return sha256Hex(canonicalText({ id, owner, documents, askedBy, reason, askedAt, until }));
}

/** What a list says of one: which documents, and not what they would say. */
export type ListedReview = Omit<DocumentReview, 'steps' | 'seal'> & {
  /** `KIND/NAME`. */
  readonly documents: readonly string[];
};

/** While there is one person alone, they review themselves: for a day at most, once, and on record. */
export interface Bootstrap {
  readonly begunAt: number;
  readonly until: number;
  /** Somebody else was there. */
  readonly endedAt: number | undefined;
}

/** `q` is looked for in the name of whoever asked. */
export interface ReviewPage extends TimedPage {
  /** `decided`: those that wait no more. */
  readonly state?: DocumentReview['state'] | 'decided';
}

/** Reviews of documents. INVARIANT: each is decided at most once, in time, and never by whoever asked. */
export interface ReviewBook {
  ask(tenant: string, review: DocumentReview): Promise<void>;
  /** Newest first; five hundred where nobody says how many. */
  list(tenant: string, page?: ReviewPage): Promise<readonly ListedReview[]>;
  /** Every one that is open, also where its time is over. */
  open(tenant: string): Promise<readonly ListedReview[]>;
  /** How many wait in time. */
  countOpen(tenant: string, now: number): Promise<number>;
  get(tenant: string, id: string): Promise<DocumentReview | undefined>;
  /**
   * `config/second-person` where it is whoever asked and `approved`; `api/not-found` where it is not open any more.
   * Whoever asked may take it back.
   */
  decide(decision: {
    readonly tenant: string;
    readonly id: string;
    readonly by: string;
    readonly state: 'applied' | 'rejected';
    readonly why: string;
    readonly now: number;
  }): Promise<DocumentReview>;
  /** Open ones whose time is over, marked so; each is answered once. */
  expire(tenant: string, now: number): Promise<readonly DocumentReview[]>;
  /** INVARIANT: begins at the first time that it is asked for, and never again. */
  bootstrap(tenant: string, now: number): Promise<Bootstrap>;
}
