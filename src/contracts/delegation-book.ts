import type { ListPlace } from './list-place.ts';
import type { Hop } from '#kernel/principal.ts';
import type { EffectClass } from '#kernel/tool.ts';
import type { RaisedLabel } from './label-book.ts';
import type { OutboxDraft } from './outbox.ts';

/**
 * That an agent acts for a user, on a consent, as long as the user's sign-in lasts. Tokens are made of it
 * and die with it.
 */
export interface Delegation {
  readonly tenant: string;
  readonly id: string;
  /** Undefined when the first agent of the chain acted for nobody. */
  readonly user: DelegatedUser | undefined;
  /** The recorded consent, or the document that consents for the user. */
  readonly consent: string;
  /** The client that carries its tokens; undefined when the agent does itself. */
  readonly client: string | undefined;
  readonly agent: string;
  /** Enrolled, or made for the client that has no key of its own here. */
  readonly instance: string;
  /** The agents that handed it on, the first one first. */
  readonly hops: readonly Hop[];
  /** The delegation that was handed on; it ends when that one does. */
  readonly parent: string | undefined;
  readonly task: string;
  /** The task that this work came out of, through however many hands; missing of work that began by itself. */
  readonly root?: string | undefined;
  readonly effects: readonly EffectClass[];
  readonly isScoped: boolean;
  /** Of the key that its tokens are bound to; undefined for a client without one. */
  readonly thumbprint: string | undefined;
  readonly begunAt: number;
  readonly until: number;
  readonly endedAt: number | undefined;
  readonly endedBy: string | undefined;
  readonly reason: string | undefined;
}

/** The user, as the identity provider names both, and the sign-in that it stands on (`PersonSession.id`). */
export interface DelegatedUser {
  readonly issuer: string;
  readonly subject: string;
  readonly session: string;
}

export type NewDelegation = Omit<Delegation, 'endedAt' | 'endedBy' | 'reason'>;

/** What ends: itself, or everything that stands on something. */
export type DelegationGround =
  | { readonly kind: 'delegation'; readonly id: string }
  | { readonly kind: 'session'; readonly id: string }
  | { readonly kind: 'consent'; readonly id: string }
  | { readonly kind: 'task'; readonly id: string }
  | { readonly kind: 'user'; readonly issuer: string; readonly subject: string };

export interface DelegationFilter {
  readonly tenant: string;
  readonly open?: boolean;
  readonly user?: { readonly issuer: string; readonly subject: string };
  readonly agent?: string;
  readonly limit: number;
  /** What stands behind it. */
  readonly before?: ListPlace;
}

/**
 * Those of one user (or of nobody) through one agent: what one of them learnt, all know while they are open.
 * Of those that are over, the ones by the same client (or none).
 */
export interface DelegationsAlike {
  readonly tenant: string;
  readonly agent: string;
  readonly client: string | undefined;
  readonly user: { readonly issuer: string; readonly subject: string } | undefined;
  /** Nothing is carried on of those that are over. */
  readonly isNew: boolean;
}

/** Who acts for whom. Lives with `control`. */
export interface DelegationBook {
  /**
   * Durable before it resolves. INVARIANT: nothing begins on what is over: `identity/delegation-ended` when its
   * parent or the consent of its user has ended, or the consent has less by now. From here on its task and the
   * open ones of the same user and agent carry one another's labels, and whoever it answers to carries them.
   */
  begin(delegation: NewDelegation): Promise<void>;
  get(tenant: string, id: string): Promise<Delegation | undefined>;
  /** The one whose task it is, be it over by now. */
  ofTask(tenant: string, task: string): Promise<Delegation | undefined>;
  /** Newest first. */
  list(filter: DelegationFilter): Promise<readonly Delegation[]>;
  /**
   * What one more of these carries on, each label once: the labels of all that are open, by whichever client, and
   * of those that ended since the last of them began (what ended before is carried by that one). INVARIANT: only
   * the end by a person, of its task or of what it stands on, sheds its labels, and no end that contains (`keepsLabels`).
   */
  labelsBefore(of: DelegationsAlike): Promise<readonly RaisedLabel[]>;
  /**
   * Ends all open ones that stand on the ground, and whatever was handed on from them, in one
   * transaction; `owed` is asked inside, for what each end owes. Those that are over stay as they are.
   */
  end(
    what: {
      readonly tenant: string;
      readonly ground: DelegationGround;
      readonly by: string;
      readonly reason: string;
      readonly now: number;
      /** What begins next for the same user and agent carries what these did, though a person ended them. */
      readonly keepsLabels?: boolean;
    },
    owed: (ended: Delegation) => readonly OutboxDraft[],
  ): Promise<readonly Delegation[]>;
  /** Open ones whose time is over by now. */
  overdue(now: number, limit: number): Promise<readonly Delegation[]>;
  /** Whether any work came out of this task, through however many hands, be it over by now. */
  isHandedOn(tenant: string, task: string): Promise<boolean>;
  /** False when this issuer's token was used before; remembered until then. */
  useOnce(use: {
    readonly tenant: string;
    readonly issuer: string;
    readonly jti: string;
    readonly until: number;
    readonly now: number;
  }): Promise<boolean>;
}
