import type { OpenedCommitment } from '../salted-body.ts';
import type { Agreement } from '#contracts/agreement-book.ts';
import type { Act, ReasonedAct } from '#contracts/desk.ts';
import type { LegalHold } from '#contracts/hold-book.ts';
import type { HeldDifference } from '#contracts/kept-holds.ts';
import type { FoundRecord } from '../door.ts';

/** A record with what a stranger needs to believe it. */
export interface Evidence {
  readonly origin: string;
  readonly index: number;
  /** The bytes of the leaf, which are text. */
  readonly leaf: string;
  /** Its `.tlog-proof`, verified before it is given. */
  readonly proof: string;
  /** Of the log; whoever checks should have it from elsewhere too. */
  readonly vkey: string | undefined;
}

/** How many records name one key for what is sealed with them. */
export interface SealedCount {
  readonly bodies: number;
  readonly looked: number;
  /** False where older records were not looked at. */
  readonly isWhole: boolean;
}

export interface RevealAct extends Act {
  /** Of the record. */
  readonly id: string;
  readonly purpose: string;
}

export interface Revealed {
  readonly found: FoundRecord;
  /** Handle of whose it is, or the key of tenant and process. */
  readonly key: string;
  readonly sha256: string;
  /** Empty where only salts were kept with the record. */
  readonly body: Buffer;
  /** With their salts: whoever has the words of one checks it without us. */
  readonly commitments: readonly OpenedCommitment[];
  /** Which of them is one to this body. */
  readonly proves: string | undefined;
}

export interface EraseAct extends Act {
  /** As records name them. INVARIANT: in no record and no message that this makes. */
  readonly subject: string;
  /** By what right or duty. */
  readonly basis: string;
  /** Of the request, as whoever keeps requests knows it. */
  readonly request: string;
}

export interface Erased extends SealedCount {
  readonly handle: string;
  /** Nothing was sealed under that key: it was made beforehand, by a hold. */
  readonly nothing: boolean;
  /** Id of the tombstone. */
  readonly record: string;
}

/** What was destroyed and what is left, on the word of the log. */
export interface Certificate {
  readonly tenant: string;
  readonly handle: string;
  readonly erasedAt: string;
  readonly by: string;
  readonly basis: string;
  readonly request: string;
  readonly bodies: number;
  readonly destroyed: readonly string[];
  readonly remains: readonly string[];
  readonly evidence: Evidence;
}

export type HoldAsk = Act & { readonly matter: string } & (
    | {
        readonly subject: string;
        /** Also of a name of which nothing is sealed yet: held beforehand. */
        readonly force?: boolean | undefined;
      }
    | { readonly since: number }
  );

/** What is sealed: who may look at it, and how it is forgotten or kept. */
export interface PrivacyDesk {
  /** INVARIANT: on disk who looks at what, and what for, before anything of it leaves. */
  reveal(act: RevealAct): Promise<Revealed>;
  /** INVARIANT: the tombstone is on disk before the key is gone, and nothing that is held goes. */
  erase(act: EraseAct): Promise<Erased>;
  /** Rejects with `audit/not-proven-yet` in the first moments after it. */
  certificate(tenant: string, record: string): Promise<Certificate>;
  /** It holds from now on; until a second person agreed, for a while only. */
  hold(act: HoldAsk): Promise<Waiting>;
  release(act: ReasonedAct & { readonly hold: string }): Promise<Waiting>;
  /**
   * Asks for everything that is sealed of the tenant to be forgotten; another person agrees, and then it is.
   * Nothing more of it can be sealed from then on, so nothing happens in it any more that has to be.
   */
  eraseTenant(act: Act & Pick<EraseAct, 'basis' | 'request'>): Promise<Waiting>;
  agree(act: Act & { readonly id: string }): Promise<Agreed>;
  /**
   * The store says other holds than are kept beside the keys: from then on both keep what either kept, and what
   * differed is on record. One person, since it only keeps.
   */
  mendHolds(act: ReasonedAct): Promise<readonly HeldDifference[]>;
  holds(tenant: string): Promise<{
    readonly holds: readonly LegalHold[];
    readonly waiting: readonly Agreement[];
    readonly differ: readonly HeldDifference[];
  }>;
}

export interface Waiting {
  /** What another person agrees to. */
  readonly id: string;
  readonly until: number;
}

export type Agreed =
  | { readonly did: 'held' | 'released'; readonly hold: string }
  | { readonly did: 'erased'; readonly record: string };
