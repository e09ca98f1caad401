import type { Configuration } from '#contracts/plane-part.ts';
import type { Overlay, OverlayEntry } from '#kernel/overlay.ts';
import type { Roster } from '#kernel/snapshot.ts';
import { emptyOverlay } from '#kernel/overlay.ts';
import type { CompiledOverlay, Standing, StandingView } from '#planes/lifecycle/index.ts';
import { keptQuarantines } from './kept-quarantines.ts';

/** What the data plane reads: the newest configuration, roster and overlay, swapped whole. */
export interface GatewayState {
  readonly configuration: Configuration | undefined;
  readonly roster: Roster;
  readonly overlay: CompiledOverlay;
  readonly shuttingDown: boolean;
  /** True while no other gateway serves: only then may labels be cached. */
  readonly sole: boolean;
  /** How many gateways serve, this one among them; 0 while nobody knows. */
  readonly serving: number;
  /** Another one with every change of who serves: what was remembered before it may be untrue. */
  readonly era: number;
  readonly writer: string;
  view(monotonic: number): StandingView;
}

export interface StateControl {
  readonly state: GatewayState;
  /** A newer one is on its way: what hangs on it waits. */
  expectConfiguration(number: number): void;
  takeConfiguration(configuration: Configuration): void;
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
  const quarantines = keptQuarantines();
  const compile = () =>
    options.standing.compile(
      { ...central, entries: [central.entries, quarantines.kept, ...Object.values(beside)].flat() },
      options.writer,
    );
  const state = {
    configuration: undefined as Configuration | undefined,
    roster: { number: 0, instances: {} } as Roster,
    overlay: compile(),
    shuttingDown: false,
    sole: false,
    serving: 0,
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
    expectConfiguration: (number) => quarantines.expect(number),
    takeConfiguration(configuration) {
      state.configuration = configuration;
      if (quarantines.inForce(configuration.number)) state.overlay = compile();
    },
    takeRoster(roster) {
      if (roster.number >= state.roster.number) state.roster = roster;
    },
    takeOverlay(overlay, at) {
      // INVARIANT: an older overlay never replaces a newer one, nor does it confirm anything.
      if (overlay.number < central.number) return;
      const newer = overlay.number > central.number;
      if (newer) quarantines.lift(central.entries, overlay.entries);
      central = overlay;
      confirmedAt = Math.max(confirmedAt, at);
      if (newer) state.overlay = compile();
    },
    takeGateways(count, term) {
      // Nobody knows of how many: what another control says next is of another era, whatever its term.
      if (count === 0 || term !== knownTerm) state.era += 1;
      knownTerm = term;
      Object.assign(state, { sole: count === 1, serving: count });
    },
    takeUrgent: (stops) => take('urgent', stops),
    takeLocalStops: (stops) => take('local', stops),
    shutDown: () => void (state.shuttingDown = true),
  };
}

function sameIds(some: readonly OverlayEntry[], others: readonly OverlayEntry[]): boolean {
  return some.length === others.length && some.every(({ id }, at) => id === others[at]?.id);
}
