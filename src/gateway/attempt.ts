import type { SideEffect } from '#kernel/call.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type Labels, noLabels } from '#kernel/label.ts';
import { PartsTally } from '#kernel/outcome-parts.ts';
import type { LeasePart, UsagePart } from '#kernel/record.ts';

/** What has become of a call since its intent; the one thing of it that changes. */
export class Attempt {
  /** INVARIANT: `unknown` from the moment that bytes may leave until an answer proves otherwise. */
  effect: SideEffect = 'none';
  /** Process leases of what it went through, beside those of its own loan. */
  environment: readonly LeasePart[] = [];
  labelsOut: Labels = noLabels;
  redactions = 0;
  /** The windows that were released, each on record. */
  #parts: PartsTally | undefined;
  usage: UsagePart | undefined;
  /** What of its answer was not told, and what its record says beside it. */
  heldBack: Buffer | undefined;
  details: JsonObject | undefined;

  /** Of most calls there are none, and nothing is counted. */
  get hasParts(): boolean {
    return this.#parts !== undefined;
  }

  get parts(): PartsTally {
    this.#parts ??= new PartsTally();
    return this.#parts;
  }

  /** Bytes may leave from here on. */
  leaves(environment: readonly LeasePart[] = []): void {
    this.environment = environment;
    this.effect = 'unknown';
  }
}
