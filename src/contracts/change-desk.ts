import type { Act } from './desk.ts';
import type {
  Bootstrap,
  DocumentReview,
  ListedReview,
  Plan,
  ReviewPage,
  WrittenDocument,
} from './document-change.ts';
import type { DocumentVersion } from './document-store.ts';

export interface Wanted {
  readonly documents: readonly WrittenDocument[];
  readonly remove: readonly Pick<WrittenDocument, 'kind' | 'name'>[];
}

/** Whose yes it takes: of some documents an admin alone says who people are and what they may. */
export type Approver = 'operator' | 'admin';

export interface AppliedPlan {
  readonly plan: Plan;
  /** `KIND/NAME` of what is in force now. */
  readonly applied: readonly string[];
  /** The review that the rest waits for. */
  readonly review: (DocumentReview & { readonly approver: Approver }) | undefined;
  /** What a person decided alone, because there is nobody else yet. */
  readonly isException: boolean;
}

/** A review with what it would do now. */
export interface ShownReview {
  readonly review: DocumentReview;
  readonly approver: Approver;
  /** Undefined where it cannot be applied any more, or is decided. */
  readonly plan: Plan | undefined;
  /** Why not. */
  readonly moved: readonly string[];
}

/** What people do to many documents at once, and to what others asked for. */
export interface ChangeDesk {
  plan(tenant: string, wanted: Wanted): Promise<Plan>;
  /** What only takes away is in force when it resolves; what is risky waits for somebody else. */
  apply(
    act: Act & Wanted & { readonly reason: string; readonly plan?: string | undefined },
  ): Promise<AppliedPlan>;
  rollback(
    act: Act & {
      readonly kind: string;
      readonly name: string;
      readonly to: number;
      readonly reason: string;
    },
  ): Promise<AppliedPlan>;
  history(tenant: string, kind: string, name: string): Promise<readonly DocumentVersion[]>;
  /** Of one that is decided nobody says yes any more. */
  list(
    tenant: string,
    page?: ReviewPage,
  ): Promise<readonly (ListedReview & { readonly approver: Approver | undefined })[]>;
  show(tenant: string, id: string): Promise<ShownReview>;
  /** `plan` is the id of what was shown. */
  approve(
    act: Act & { readonly id: string; readonly plan: string; readonly reason: string },
  ): Promise<{ readonly review: DocumentReview; readonly snapshot: string }>;
  reject(
    act: Act & { readonly id: string; readonly reason: string },
  ): Promise<{ readonly review: DocumentReview }>;
  /** What waits and was edited in the store since, is in force already or is over: closed, on record. */
  look(tenant: string): Promise<void>;
  /** Those whose time is over, without anybody who asks; on record. */
  endDue(tenant: string): Promise<void>;
  /** Undefined where it is over. */
  bootstrap(tenant: string): Promise<Bootstrap | undefined>;
}
