/** What can be stopped. */
export type StopTarget =
  | { readonly kind: 'all' }
  | { readonly kind: 'tenant'; readonly tenant: string }
  | { readonly kind: 'agent'; readonly tenant: string; readonly agent: string }
  | { readonly kind: 'instance'; readonly tenant: string; readonly instance: string }
  | {
      readonly kind: 'tool';
      readonly tenant: string;
      readonly server: string;
      /** Undefined stops the whole server. */
      readonly tool: string | undefined;
    };

/** Everything that an entry can be about. */
export type OverlayTarget =
  | StopTarget
  | { readonly kind: 'task'; readonly tenant: string; readonly task: string };

/**
 * Why it is in force; `stop` and `revoke` are acts of humans, `quarantine` of the drift check,
 * `ended` belongs to a task that is over.
 */
export type OverlayReason = 'stop' | 'suspend' | 'revoke' | 'quarantine' | 'ended';

export interface OverlayEntry {
  readonly id: string;
  readonly target: OverlayTarget;
  readonly why: OverlayReason;
  readonly by: string;
  readonly reason: string;
  readonly at: number;
  /** For a quarantine: the digest that was seen instead of the pinned one. */
  readonly digest?: string;
}

/** What people stop, suspend or revoke, and tools that drifted. */
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
