import type { Act } from '#contracts/desk.ts';
import type { Lent } from '#contracts/tool-server.ts';
import type { SideEffect } from '#kernel/call.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { Json } from '#kernel/json/value.ts';
import type { Principal } from '#kernel/principal.ts';
import type { LeasePart } from '#kernel/record.ts';
import type {
  CredentialUse,
  ManifestEntry,
  SealedSecret,
  TransactionUse,
} from '#kernel/snapshot.ts';
import type { Target } from '#kernel/target.ts';

export interface LendRequest {
  readonly tenant: string;
  /** Whose credentials they are: a tool server, a model provider. */
  readonly owner: {
    readonly name: string;
    readonly credentials: readonly CredentialUse[];
    readonly transactions?: TransactionUse;
  };
  readonly target: Target;
  /** INVARIANT: a target outside the manifest is refused before anything is opened (CRD-07). */
  readonly manifest: Pick<ManifestEntry, 'targets'>;
  readonly secrets: Readonly<Record<string, SealedSecret>>;
  /** For whom, and how we are called where somebody else must know us; who is not named gets no token. */
  readonly whose?: { readonly principal: Principal; readonly issuer: string };
  /** Of a call whose intent is on record: that record, and what was judged. */
  readonly about?: { readonly intent: string; readonly argumentsDigest: string };
  /** `header` for one call, whatever of it is lent; `environment` for a child process that is about to start. */
  readonly use: 'header' | 'environment';
  /** Aborted when whoever asked has gone: nothing is waited for any longer. */
  readonly signal: AbortSignal;
}

export interface Loan {
  readonly lent: readonly Lent[];
  /** What the records say of it: digest, never the value. */
  readonly leases: readonly LeasePart[];
  /**
   * It is over, with what is known of what was done with it. INVARIANT: whoever made a loan ends it,
   * whatever came after; what comes after the first end is nothing, and it never fails or waits.
   */
  end(effect: SideEffect): void;
}

export interface Lender {
  /** A promise only when a source really waits. Bounded by `limits.credentialWaitMs`. */
  lend(request: LendRequest): Loan | Refusal | Promise<Loan | Refusal>;
}

/** Takes lent values, in every encoding that a server may echo them in, out of a result. */
export interface Scrubber {
  scrub<T extends Json>(
    value: T,
    lent: readonly Lent[],
  ): { readonly value: T; readonly hits: number };
  /** For texts that come in pieces: makes a lane for each of them. */
  lanes(lent: readonly Lent[]): () => LaneScrubber;
}

/**
 * Takes lent values out of a text that comes in pieces of whole characters. INVARIANT: all that
 * comes out, put together, is what `scrub` makes of the whole, wherever it was cut; where it cannot
 * be, more is taken out, not less: of a lane that would hold back more than `limits.laneHeldBytes`
 * nothing is told any more, and lines of a dump that may go on are taken out when other text
 * follows. What stands in a dump's line before its bytes may stay.
 */
export interface LaneScrubber {
  /** What may be told of the text so far and was not told yet. */
  push(text: string): string;
  /** The rest: the text is complete. */
  flush(): string;
  /** How much came in so far, in a measure of its own. */
  readonly given: number;
  /** How much of that waits for more, because it may be part of a value. */
  readonly held: number;
  readonly hits: number;
}

/** The control program's half: what goes in never comes out again through it. */
export interface Vault {
  put(ask: {
    readonly tenant: string;
    readonly name: string;
    readonly value: Buffer;
    readonly by: string;
    readonly reason?: string | undefined;
  }): Promise<SealedSecret>;
  /** On record first. A name that there is none of is `api/not-found`, and no record. */
  remove(gone: {
    readonly tenant: string;
    readonly name: string;
    readonly by: string;
    readonly reason?: string | undefined;
  }): Promise<void>;
  list(tenant: string): Promise<readonly { readonly name: string; readonly version: number }[]>;
  /** What earlier versions wrapped under the key of all tenants is wrapped under that of its own. How many. */
  rewrap(of: {
    readonly tenants: readonly string[];
    /** Told of what does not unwrap; it is left as it is. */
    readonly left: (tenant: string, name: string) => void;
  }): Promise<number>;
}

/** For people of one tenant: secrets go in by name, and only names and versions come out. */
export interface SecretDesk {
  list(act: Act): Promise<readonly { readonly name: string; readonly version: number }[]>;
  put(
    act: Act & {
      readonly name: string;
      readonly value: Buffer;
      readonly reason?: string | undefined;
    },
  ): Promise<{ readonly name: string; readonly version: number }>;
  /** INVARIANT: one that a document names stays: what it is lent for would stop working unasked. */
  remove(act: Act & { readonly name: string; readonly reason?: string | undefined }): Promise<void>;
}
