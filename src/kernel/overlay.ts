/** What an overlay entry takes away. */
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

/** Why it is in force; `stop` and `revoke` are acts of humans, `quarantine` of the drift check. */
export type OverlayReason = 'stop' | 'suspend' | 'revoke' | 'quarantine';

export interface OverlayEntry {
  readonly id: string;
  readonly target: StopTarget;
  readonly why: OverlayReason;
  readonly by: string;
  readonly reason: string;
  readonly at: number;
  /** For a quarantine: the digest that was seen instead of the pinned one. */
  readonly digest?: string;
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
