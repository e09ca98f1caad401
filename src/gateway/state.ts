import type { Overlay, OverlayEntry } from '#kernel/overlay.ts';
import type { Roster, Snapshot } from '#kernel/snapshot.ts';
import { emptyOverlay } from '#kernel/overlay.ts';
import type { CompiledOverlay, Standing, StandingView } from '#planes/lifecycle/index.ts';

/** What the data plane reads: the last Snapshot, roster and overlay, swapped whole. */
export interface GatewayState {
  readonly snapshot: Snapshot | undefined;
  readonly roster: Roster;
  readonly overlay: CompiledOverlay;
  readonly shuttingDown: boolean;
  /** True while no other gateway serves: only then may labels be cached. */
  readonly sole: boolean;
  /** Another one with every change of who serves: what was remembered before it may be untrue. */
  readonly era: number;
  readonly writer: string;
  view(monotonic: number): StandingView;
}

export interface StateControl {
  readonly state: GatewayState;
  takeSnapshot(snapshot: Snapshot): void;
  takeRoster(roster: Roster): void;
  /** `confirmedAt`: a monotonic time at which the overlay was certainly current. */
  takeOverlay(overlay: Overlay, confirmedAt: number): void;
  /** Stops that no number holds yet: the whole list. Like the overlay it only subtracts. */
  takeUrgent(stops: readonly OverlayEntry[]): void;
  /** `term`: which membership it is; the same count in another term is another membership. */
  takeGateways(count: number, term: number): void;
  /** The stop file in the data folder: adds its stops to whatever the overlay says. */
  takeLocalStops(stops: readonly OverlayEntry[]): void;
  shutDown(): void;
}

export interface StateOptions {
  readonly standing: Standing;
  readonly stopLeaseMs: number;
  readonly writer: string;
}

const noStops: readonly OverlayEntry[] = [];

export function createState(options: StateOptions): StateControl {
  let central: Overlay = emptyOverlay;
  const beside = { urgent: noStops, local: noStops };
  let confirmedAt = Number.NEGATIVE_INFINITY;
  let knownTerm = -1;
  const compile = () =>
    options.standing.compile(
      {
        number: central.number,
        entries: [...central.entries, ...beside.urgent, ...beside.local],
      },
      options.writer,
    );
  const state = {
    snapshot: undefined as Snapshot | undefined,
    roster: { number: 0, instances: {} } as Roster,
    overlay: compile(),
    shuttingDown: false,
    sole: false,
    era: 0,
    writer: options.writer,
    view: (monotonic: number): StandingView => ({
      overlay: state.overlay,
      confirmedAt,
      monotonic,
      stopLeaseMs: options.stopLeaseMs,
    }),
  };
  const take = (channel: keyof typeof beside, stops: readonly OverlayEntry[]): void => {
    // The stop file is read several times a second, and almost always the same.
    if (sameIds(beside[channel], stops)) return;
    beside[channel] = stops;
    state.overlay = compile();
  };
  return {
    state,
    takeSnapshot(snapshot) {
      if (state.snapshot === undefined || snapshot.number > state.snapshot.number) {
        state.snapshot = snapshot;
      }
    },
    takeRoster(roster) {
      if (roster.number >= state.roster.number) state.roster = roster;
    },
    takeOverlay(overlay, at) {
      // INVARIANT: an older overlay never replaces a newer one, nor does it confirm anything.
      if (overlay.number < central.number) return;
      const newer = overlay.number > central.number;
      central = overlay;
      confirmedAt = Math.max(confirmedAt, at);
      if (newer) state.overlay = compile();
    },
    takeGateways(count, term) {
      // Nobody knows of how many: what another control says next is of another era, whatever its term.
      if (count === 0 || term !== knownTerm) state.era += 1;
      knownTerm = term;
      state.sole = count === 1;
    },
    takeUrgent: (stops) => take('urgent', stops),
    takeLocalStops: (stops) => take('local', stops),
    shutDown: () => void (state.shuttingDown = true),
  };
}

function sameIds(some: readonly OverlayEntry[], others: readonly OverlayEntry[]): boolean {
  return some.length === others.length && some.every(({ id }, at) => id === others[at]?.id);
}
