import type { ListPlace } from './list-place.ts';
import type { EffectClass } from '#kernel/tool.ts';
import type { OutboxDraft } from './outbox.ts';

/** What a user has agreed to: that a client lets an agent act for them, in these ways, until then. */
export interface Consent {
  readonly tenant: string;
  readonly id: string;
  /** As their identity provider names them. */
  readonly issuer: string;
  readonly subject: string;
  /** As records and pages name them. */
  readonly person: string;
  readonly client: string;
  /** What the client called itself then. */
  readonly clientName: string;
  /** The document by which the client acts as the agent. */
  readonly document: string;
  readonly agent: string;
  readonly effects: readonly EffectClass[];
  readonly givenAt: number;
  readonly until: number;
  readonly endedAt: number | undefined;
  readonly endedBy: string | undefined;
  readonly reason: string | undefined;
}

export type NewConsent = Omit<Consent, 'endedAt' | 'endedBy' | 'reason'>;

export interface ConsentFilter {
  readonly tenant: string;
  /** Only those that hold at this time. */
  readonly openAt?: number;
  readonly user?: { readonly issuer: string; readonly subject: string };
  readonly client?: string;
  readonly agent?: string;
  readonly limit: number;
  /** What stands behind it. */
  readonly before?: ListPlace;
}

/** Consents as objects: seen, narrowed, withdrawn. Lives with `control`. */
export interface ConsentBook {
  /** Durable before it resolves. */
  give(consent: NewConsent): Promise<void>;
  get(tenant: string, id: string): Promise<Consent | undefined>;
  /** Newest first. */
  list(filter: ConsentFilter): Promise<readonly Consent[]>;
  /**
   * INVARIANT: only ever less: a class of effect that it did not have stays away, and it ends no later. What
   * `owed` answers is owed in the same transaction. `api/not-found` when it is not there or over.
   */
  narrow(
    what: {
      readonly tenant: string;
      readonly id: string;
      readonly effects: readonly EffectClass[];
      readonly until: number;
      readonly now: number;
    },
    owed: (narrowed: Consent) => readonly OutboxDraft[],
  ): Promise<Consent>;
  /** One that is over stays as it is, and nothing is owed. `api/not-found` when there is none. */
  withdraw(
    what: {
      readonly tenant: string;
      readonly id: string;
      readonly by: string;
      readonly reason: string;
      readonly now: number;
    },
    owed: (withdrawn: Consent) => readonly OutboxDraft[],
  ): Promise<Consent>;
}
