import type { Overlay, OverlayEntry, StopTarget } from '#kernel/overlay.ts';
import type { OutboxDraft } from './outbox.ts';

export interface OverlayListener {
  /** Called with every newer overlay, and at least every heartbeat with the current one. */
  overlay(overlay: Overlay, confirmedAt: number): void;
  /**
   * Stops that are in force beside the numbered overlay, because no disk has to be waited for: the
   * whole list, at once and with every change. A feed that has none never calls it.
   */
  urgent?(stops: readonly OverlayEntry[]): void;
}

/** What a gateway itself takes away: what it saw drift. Everything else is for people. */
export type GatewayOverlayEntry = OverlayEntry & {
  readonly target: Extract<StopTarget, { kind: 'target' }>;
  readonly why: 'quarantine';
};

/** What a gateway may ask. */
export interface GatewayOverlay {
  current(): Promise<Overlay>;
  /** Durable before it resolves. The same target and reason again replaces the entry. */
  add(entry: GatewayOverlayEntry): Promise<Overlay>;
  subscribe(listener: OverlayListener): () => void;
}

/**
 * Stops, revocations, added denials. INVARIANT: numbers only grow, and none is ever reused.
 * `also`: the reactions that a change owes, written in its transaction.
 */
export interface OverlayFeed extends GatewayOverlay {
  add(entry: OverlayEntry, also?: readonly OutboxDraft[]): Promise<Overlay>;
  /** Takes entries out, by a human with a reason, who is recorded by the caller. */
  release(ids: readonly string[], also?: readonly OutboxDraft[]): Promise<Overlay>;
}
