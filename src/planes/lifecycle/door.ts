import type { ReasonedAct } from '#contracts/desk.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { Overlay, StopEntry, StopTarget } from '#kernel/overlay.ts';
import type { Principal } from '#kernel/principal.ts';
import type { AgentEntry } from '#kernel/snapshot.ts';
import type { StopNote } from '#kernel/stop-file.ts';
import type { Target } from '#kernel/target.ts';
import type { NamedTarget } from './stop-target.ts';
import type { Repeats } from './repeats.ts';

export interface StandingView {
  readonly overlay: CompiledOverlay;
  /** Monotonic time at which the overlay was certainly current. */
  readonly confirmedAt: number;
  readonly monotonic: number;
  readonly stopLeaseMs: number;
}

/** The overlay as look-ups; built once per number. */
export interface CompiledOverlay {
  readonly number: number;
  /** INVARIANT: subtract-only. Undefined means that this entry list does not forbid it. */
  forbids(principal: Principal, target: Target | undefined): Refusal | undefined;
  /** Calls that must not be made again, because of what is not known of earlier ones. */
  readonly repeats: Repeats;
  /** For admit, before anybody is identified. */
  readonly stopsAll: boolean;
  readonly source: Overlay;
}

export interface Standing {
  /** `writer`: of the gateway that asks; its own fences are not for itself. */
  compile(overlay: Overlay, writer?: string): CompiledOverlay;
  /** `stop/unconfirmed` when the overlay's number was not confirmed within the stop lease. */
  confirmed(view: StandingView): Refusal | undefined;
  judge(
    principal: Principal,
    agent: AgentEntry | undefined,
    target: Target | undefined,
    view: StandingView,
  ): Refusal | undefined;
}

/** What holds a stop when the answer comes: in memory alone it ends with control. */
export type KeptIn = 'store' | 'file' | 'memory';

/** The stop file of the data folder, and what lies beside it for the record. */
export interface StopFile {
  /** Undefined when there is none; a file that cannot be read is a text that stops everything. */
  read(): Promise<string | undefined>;
  add(target: StopTarget, note: StopNote): Promise<void>;
  remove(targets: readonly StopTarget[]): Promise<void>;
  /** Why stops were taken out without control: one note a stop, by the id of its line. */
  notes(): Promise<readonly { readonly id: string; readonly text: Uint8Array }[]>;
  dropNotes(ids: readonly string[]): Promise<void>;
  /** The lines that were on record last, for the next start of control. */
  seen(): Promise<string | undefined>;
  saw(text: string): Promise<void>;
}

/** The control program's half, for people of one tenant. Every act is recorded, with its reason. */
export interface StandingDesk {
  /** What is in force and concerns this tenant. */
  list(
    tenant: string,
  ): Promise<{ readonly number: number; readonly entries: readonly StopEntry[] }>;
  /** A name that nobody knows is refused with the nearest one, unless it is `force`d. */
  stop(
    act: ReasonedAct & { readonly target: NamedTarget; readonly force?: boolean | undefined },
  ): Promise<{
    readonly overlay: number;
    readonly stopped: string;
    readonly kept: KeptIn;
    /** Whose stop of it stood already. */
    readonly before?: { readonly by: string; readonly reason: string };
  }>;
  release(
    act: ReasonedAct & { readonly target: NamedTarget },
  ): Promise<{ readonly overlay: number; readonly released: string }>;
  suspend(act: ReasonedAct & { readonly agent: string }): Promise<StandingChange>;
  resume(act: ReasonedAct & { readonly agent: string }): Promise<StandingChange>;
}

export interface StandingChange {
  readonly agent: string;
  readonly state: 'suspended' | 'active';
  readonly overlay: number;
}
