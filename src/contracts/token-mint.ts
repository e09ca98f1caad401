import type { Hop, UserLeg } from '#kernel/principal.ts';
import type { EffectClass } from '#kernel/tool.ts';

/** What a token is to say: for whom, through whom, in which task, and who may carry it. */
export interface MintAsk {
  /** Of the delegation that it stands on. */
  readonly id: string;
  /** Undefined when the agent carries it itself. */
  readonly client: string | undefined;
  readonly issuedAt: number;
  /** Undefined of an agent that acts for nobody, in a task that was begun for it. */
  readonly user: UserLeg | undefined;
  /** The first one first. */
  readonly hops: readonly Hop[];
  readonly task: string;
  /** The task that the work came out of; missing of work that began by itself. */
  readonly root?: string | undefined;
  readonly session: string;
  readonly effects: readonly EffectClass[] | undefined;
  /** The roster says what its task is narrowed to. */
  readonly isScoped: boolean;
  readonly actor: { readonly tenant: string; readonly agent: string; readonly instance: string };
  /** Thumbprint of the key that it is bound to; undefined for a bearer. */
  readonly thumbprint: string | undefined;
  /** Sealed; see `DelegationLeg`. */
  readonly carried?: string | undefined;
  /** In which it was asked for: a whole `traceparent`, or the bare id of a trace. */
  readonly trace?: string | undefined;
  /** No longer than an access token may live. */
  readonly expiresAt: number;
}

export interface Minted {
  readonly accessToken: string;
  /** SHA-256 (hex) of its name: how records and the overlay call it. */
  readonly token: string;
  readonly tokenType: 'DPoP' | 'Bearer';
  readonly expiresIn: number;
}

/**
 * Signs what a plane has decided. INVARIANT: whoever asks records it before it leaves; nothing here judges.
 */
export interface TokenMint {
  mint(ask: MintAsk): Minted;
}
