import type { FlowBulk } from '#kernel/tool.ts';

/** What may go unasked where no document says so: in one call, and in a day. */
export const usualBulk: FlowBulk = {
  call: { rows: 500, bytes: 262_144 },
  window: { ms: 86_400_000, rows: 2_000, bytes: 1_048_576, calls: 500 },
};

/** How much went one way. */
export interface Moved {
  readonly rows: number;
  readonly bytes: number;
  readonly calls: number;
}

export interface OutflowCount {
  readonly tenant: string;
  /** Each way that it counts for: of an agent and a user, by tool and by kind of sink. Digests, no names. */
  readonly keys: readonly string[];
  readonly moved: Moved;
  readonly windowMs: number;
  readonly now: number;
}

/** What was counted, as it is given back. */
export interface Counted {
  /** The most that stands at any of its keys within the window, with it. */
  readonly within: Moved;
  /** When the slot began that it counts in. */
  readonly slot: number;
}

/** So many keys of one call, and no window is longer. */
export const mostOutflowKeys = 8;
export const longestOutflowMs = 31 * 86_400_000;
const slotsInWindow = 24;
const shortestSlotMs = 60_000;

/** A window slides by slots. */
export function slotOf(
  windowMs: number,
  now: number,
): { readonly slot: number; readonly ms: number } {
  const ms = Math.max(shortestSlotMs, Math.ceil(windowMs / slotsInWindow));
  return { slot: Math.floor(now / ms) * ms, ms };
}

/**
 * What agents move out within a window that slides, for all gateways and over restarts. INVARIANT: it is added before it
 * leaves, and what several add at once each of them sees, but the first; a window that is partly over counts whole slots.
 */
export interface GatewayOutflow {
  count(ask: OutflowCount): Promise<Counted>;
  /** It turned out not to have happened. */
  giveBack(ask: Omit<OutflowCount, 'windowMs' | 'now'> & { readonly slot: number }): Promise<void>;
}
