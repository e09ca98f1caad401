import { isJsonObject, type JsonObject } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';

/** Where numbers are wrong: before which record, and between which times. */
export interface Place {
  readonly index: number;
  readonly tenant: string;
  readonly from: number;
  readonly to: number;
}

export interface Hole {
  readonly place: Place;
  readonly numbers: number;
}

export interface ExplainedHoles {
  readonly numbers: number;
  readonly places: number;
}

interface Claim {
  readonly tenant: string;
  readonly from: number;
  readonly to: number;
  /** So many refused records it counts. */
  readonly count: number;
}

/** A refusal is noted when the disk has answered, and a record has the time at which it was asked for. */
const slackMs = 60_000;
const mostClaims = 10_000;

/**
 * What `log.gap` records of a log say was refused. INVARIANT: one explains no more numbers than it counts, of its own tenant,
 * and none that were passed over at another time.
 */
export class GapClaims {
  readonly #claims: Claim[] = [];

  take({ type, tenant, details }: JsonObject): void {
    if (type !== 'log.gap' || typeof tenant !== 'string' || !isJsonObject(details)) return;
    const { from, to, count, of } = details;
    const [begun, ended] = [from, to].map(timeOf);
    if (begun === undefined || ended === undefined || !Number.isSafeInteger(count)) return;
    // What is counted of tenants without a gap of their own says nothing of this one.
    if (of !== undefined || this.#claims.length >= mostClaims) return;
    this.#claims.push({ tenant, from: begun - slackMs, to: ended + slackMs, count: Number(count) });
  }

  /** In the order of the holes; what no gap has room for is left. */
  explain(holes: readonly Hole[]): ExplainedHoles & { readonly left: readonly Hole[] } {
    const room = new Map(this.#claims.map((claim) => [claim, claim.count]));
    const left: Hole[] = [];
    let numbers = 0;
    for (const hole of holes) {
      const claim = this.#claims.find(
        (one) => isOf(one, hole.place) && (room.get(one) ?? 0) >= hole.numbers,
      );
      if (claim === undefined) left.push(hole);
      else {
        room.set(claim, (room.get(claim) ?? 0) - hole.numbers);
        numbers += hole.numbers;
      }
    }
    return { numbers, places: holes.length - left.length, left };
  }
}

function timeOf(given: Json | undefined): number | undefined {
  const time = typeof given === 'string' ? Date.parse(given) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function isOf(claim: Claim, { tenant, from, to }: Place): boolean {
  return claim.tenant === tenant && from <= claim.to && to >= claim.from;
}
