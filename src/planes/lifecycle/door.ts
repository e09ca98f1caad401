import type { ReasonedAct } from '#contracts/desk.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { Overlay, StopEntry } from '#kernel/overlay.ts';
import type { Principal } from '#kernel/principal.ts';
import type { AgentEntry } from '#kernel/snapshot.ts';
import type { ToolId } from '#kernel/tool.ts';
import type { NamedTarget } from './stop-target.ts';

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
  forbids(principal: Principal, tool: ToolId | undefined): Refusal | undefined;
  /** For admit, before anybody is identified. */
  readonly stopsAll: boolean;
  readonly source: Overlay;
}

export interface Standing {
  compile(overlay: Overlay): CompiledOverlay;
  /** `stop/unconfirmed` when the overlay's number was not confirmed within the stop lease. */
  confirmed(view: StandingView): Refusal | undefined;
  judge(
    principal: Principal,
    agent: AgentEntry | undefined,
    tool: ToolId | undefined,
    view: StandingView,
  ): Refusal | undefined;
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
  ): Promise<{ readonly overlay: number; readonly stopped: string }>;
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
