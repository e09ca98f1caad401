import type { Target } from './target.ts';

/** What can be stopped. */
export type StopTarget =
  | { readonly kind: 'all' }
  | { readonly kind: 'tenant'; readonly tenant: string }
  | { readonly kind: 'agent'; readonly tenant: string; readonly agent: string }
  | { readonly kind: 'instance'; readonly tenant: string; readonly instance: string }
  | {
      readonly kind: 'target';
      readonly tenant: string;
      /** Without a name its whole owner, whatever kinds belong to it. */
      readonly target: Target;
    };

/** Everything that an entry can be about. */
export type OverlayTarget =
  | StopTarget
  | { readonly kind: 'task'; readonly tenant: string; readonly task: string }
  | RevokedTarget
  | EffectTarget
  | {
      /** Writes of a task that a gateway carried, which is gone and whose journal nobody has read. */
      readonly kind: 'fence';
      readonly tenant: string;
      readonly task: string;
      readonly writer: string;
      readonly life: string;
    };

/**
 * What tokens stand on. A user, a client, a delegation is over for every token issued until then; the
 * entry can leave once the last of them has expired.
 */
export type RevokedTarget =
  | {
      readonly kind: 'user';
      readonly tenant: string;
      readonly issuer: string;
      readonly subject: string;
    }
  | { readonly kind: 'client'; readonly tenant: string; readonly client: string }
  | { readonly kind: 'delegation'; readonly tenant: string; readonly delegation: string }
  | { readonly kind: 'token'; readonly tenant: string; readonly token: string };

/** Exactly this call in this task; without target and arguments, whatever writes in it. */
export interface EffectTarget {
  readonly kind: 'effect';
  readonly tenant: string;
  readonly task: string;
  /** `targetText`. */
  readonly target?: string;
  readonly argumentsDigest?: string;
}

/**
 * Why it is in force; `stop` and `revoke` are acts of humans, `quarantine` of the drift check,
 * `ended` belongs to a task that is over. `unreconciled` is a call of which nobody knows whether it
 * happened, `already-done` one that did and whose answer may have been lost, `fenced` belongs to a
 * gateway that is gone. `withdrawn` is what tokens stood on: a sign-in, a consent, a client.
 */
export type OverlayReason =
  | 'stop'
  | 'suspend'
  | 'revoke'
  | 'quarantine'
  | 'ended'
  | 'unreconciled'
  | 'already-done'
  | 'fenced'
  | 'withdrawn';

export interface OverlayEntry {
  readonly id: string;
  readonly target: OverlayTarget;
  readonly why: OverlayReason;
  readonly by: string;
  readonly reason: string;
  readonly at: number;
  /** For a quarantine: the digest that was seen instead of the pinned one. */
  readonly digest?: string;
  /** Of an effect: the record that says what is known of it. */
  readonly ref?: string;
  /** When it leaves by itself, by the arbiter's clock. */
  readonly until?: number;
}

/** What people stop, suspend or revoke, and what drifted. */
export type StopEntry = OverlayEntry & {
  readonly target: StopTarget;
  readonly why: (typeof stopReasons)[number];
};

export const stopReasons = ['stop', 'suspend', 'revoke', 'quarantine'] as const;

export function isStop(entry: OverlayEntry): entry is StopEntry {
  return stopReasons.some((reason) => reason === entry.why);
}

/**
 * The small, numbered, subtract-only list. INVARIANT: applying an overlay can only deny more than
 * the Snapshot alone; a higher number replaces a lower one whole.
 */
export interface Overlay {
  readonly number: number;
  readonly entries: readonly OverlayEntry[];
}

export const emptyOverlay: Overlay = { number: 0, entries: [] };
