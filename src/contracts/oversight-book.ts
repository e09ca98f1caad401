import type { OutboxDraft } from './outbox.ts';

/** An agent whose owner is not there any more. */
export interface Orphan {
  readonly tenant: string;
  readonly agent: string;
  readonly owner: string;
  /** When it was first seen; an owner who is not there either does not begin anew. */
  readonly since: number;
}

/** When somebody looked at an agent last. */
export interface AgentReview {
  readonly tenant: string;
  readonly agent: string;
  readonly at: number;
  /** Undefined: nobody has; it was first seen then. */
  readonly by: string | undefined;
  /** When it is due next, where whoever reviewed it said so, and the date of the document that they saw. */
  readonly next: number | undefined;
  readonly answers: number | undefined;
  /** What was said on record since: that it is due, or that the agent is suspended. */
  readonly told: 'nothing' | 'overdue' | 'suspended';
}

type Owing = { readonly also?: readonly OutboxDraft[] };

/** Who answers for agents, and who looked at them. Lives with `control`. `also`: written in the same transaction. */
export interface OversightBook {
  orphans(tenant: string): Promise<readonly Orphan[]>;
  /** One that is there keeps its `since`. */
  putOrphan(orphan: Orphan & Owing): Promise<void>;
  removeOrphan(orphan: Pick<Orphan, 'tenant' | 'agent'> & Owing): Promise<void>;
  reviews(tenant: string): Promise<readonly AgentReview[]>;
  /** Takes the place of the one before. */
  putReview(review: AgentReview & Owing): Promise<void>;
}
