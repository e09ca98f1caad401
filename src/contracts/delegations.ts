import type { Hop } from '#kernel/principal.ts';
import type { TaskScope } from '#kernel/snapshot.ts';
import type { Traced } from '#kernel/trace.ts';
import type { EffectClass } from '#kernel/tool.ts';
import type { Delegation, DelegationGround } from './delegation-book.ts';
import type { RaisedLabel } from './label-book.ts';
import type { PersonSession } from './person-session.ts';
import type { Minted } from './token-mint.ts';

export interface DelegationAsk {
  readonly tenant: string;
  /** Live; it is asked again. Undefined when the first agent of the chain acts for nobody. */
  readonly session: PersonSession | undefined;
  readonly consent: string;
  readonly client: string | undefined;
  readonly agent: string;
  /** Undefined: one is made for the client. */
  readonly instance: string | undefined;
  readonly hops: readonly Hop[];
  readonly parent: string | undefined;
  /** The task that the work came out of. */
  readonly root?: string | undefined;
  /** The task whose words hold in this work too; undefined: nobody's. */
  readonly wordsOf?: string | undefined;
  /** When the one ends that it was handed on from. */
  readonly parentUntil?: number;
  readonly effects: readonly EffectClass[];
  /** Narrower than the manifest. */
  readonly scope: TaskScope | undefined;
  /** The user's own words; sealed beside the record of the task. */
  readonly intent: string | undefined;
  /** What the work carries from where it comes. */
  readonly labels: readonly RaisedLabel[];
  /**
   * A person has said yes to it just now, so that the work begins anew: with what is known in work of the same
   * user and agent that is still open. Otherwise it carries on what the one before of the same user, client and
   * agent carried: no client sheds labels by asking again.
   */
  readonly isNew: boolean;
  readonly thumbprint: string | undefined;
  readonly until: number;
  /** Who consented to what, for the record. */
  readonly reason: string;
  /** Where it began, for the record. */
  readonly traced?: Traced | undefined;
}

/**
 * The one place where it begins, is renewed and ends that an agent acts for somebody. INVARIANT: on
 * record before it helps; over everywhere within a second of its end.
 */
export interface Delegations {
  begin(ask: DelegationAsk): Promise<Delegation>;
  /**
   * An access token of it: user and groups as the sign-in has them now. Refused with
   * `identity/delegation-ended` when the delegation, its sign-in or its task is over. `effects` only narrow.
   */
  issue(ask: {
    readonly tenant: string;
    readonly id: string;
    readonly effects?: readonly EffectClass[];
    /** The user's own token, sealed, where a document lets it go along. */
    readonly carried?: string | undefined;
    readonly traced?: Traced | undefined;
  }): Promise<Minted>;
  /** Ends what stands on the ground; resolves when no gateway believes its tokens any more. */
  end(ask: {
    readonly tenant: string;
    readonly ground: DelegationGround;
    readonly by: string;
    readonly reason: string;
    /** What begins next for the same user and agent carries what these did, though a person ended them. */
    readonly keepsLabels?: boolean;
  }): Promise<number>;
  get(tenant: string, id: string): Promise<Delegation | undefined>;
  /** One access token of it and no other; resolves when control refuses it and every gateway is told. */
  withdrawToken(ask: {
    readonly of: Delegation;
    readonly token: string;
    readonly expiresAt: number;
    readonly by: string;
    readonly reason: string;
  }): Promise<void>;
  /** Whether that was done to this one; asked wherever control itself takes a token. */
  isWithdrawn(tenant: string, token: string): Promise<boolean>;
}
