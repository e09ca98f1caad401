import type { Overlay, OverlayEntry } from '#kernel/overlay.ts';
import type { OutboxDraft } from './outbox.ts';

export interface OverlayListener {
  /** Called with every newer overlay, and at least every heartbeat with the current one. */
  overlay(overlay: Overlay, confirmedAt: number): void;
}

/**
 * Stops, revocations, added denials. INVARIANT: numbers only grow, and none is ever reused.
 * `also`: the reactions that a change owes, written in its transaction.
 */
export interface OverlayFeed {
  current(): Promise<Overlay>;
  /** Durable before it resolves. The same target and reason again replaces the entry. */
  add(entry: OverlayEntry, also?: readonly OutboxDraft[]): Promise<Overlay>;
  /** Takes entries out, by a human with a reason, who is recorded by the caller. */
  release(ids: readonly string[], also?: readonly OutboxDraft[]): Promise<Overlay>;
  subscribe(listener: OverlayListener): () => void;
}
