import type { OverlayEntry } from '#kernel/overlay.ts';

/** One life of one gateway process: a restarted one has the same name and another life. */
export interface GatewayLife {
  readonly writer: string;
  readonly life: string;
}

/** A call that must not be made again as if nothing had been: exactly this one, in this task. */
export interface EffectReport {
  readonly tenant: string;
  readonly task: string;
  /** `targetText`. */
  readonly target: string;
  readonly argumentsDigest: string;
  /** `unknown`: nobody knows whether it happened. `done`: it did, and the answer may be lost. */
  readonly effect: 'unknown' | 'done';
  /** The record that says so: the intent of what is unknown, the outcome of what is done. */
  readonly ref: string;
  readonly by: string;
  readonly at: number;
}

/** What a gateway may ask. All of it only takes away, and is durable before it resolves. */
export interface GatewayEffects {
  /** This life is about to carry a write of the task, the first time. */
  serving(gateway: GatewayLife, tenant: string, task: string): Promise<void>;
  /**
   * Refused on every gateway whose overlay has the number that is answered, or a higher one. What a
   * person has looked at already is passed over.
   */
  report(reports: readonly EffectReport[], now: number): Promise<number>;
  /** All that earlier lives of this gateway left open was read and reported: `expire` lifts their fences. */
  recovered(gateway: GatewayLife): Promise<void>;
  /** It ends, with nothing left open that was not reported. */
  left(gateway: GatewayLife): Promise<void>;
}

/**
 * Effects that are not known. INVARIANT: only a person, or a time that was set from the start, takes
 * out what was reported; only a reader of its journal, or a person, lifts the fence of a gateway.
 */
export interface EffectBook extends GatewayEffects {
  /** Every life that carried writes and has not said goodbye or been read. */
  lives(): Promise<readonly GatewayLife[]>;
  /** It is gone: the writes of the tasks that it served are refused by all others. */
  fence(gateway: GatewayLife, now: number): Promise<void>;
  /** It is here again, and knows by itself what it left open. */
  unfence(gateway: GatewayLife): Promise<void>;
  /** Takes out an effect or a fence for good; rejects with `api/not-found`. */
  reconcile(tenant: string, id: string, now: number): Promise<OverlayEntry>;
  /**
   * Takes out what is past its time, the oldest of what was done beyond so many, and the fences of
   * lives that were read.
   */
  expire(now: number): Promise<void>;
}
